FROM --arch=amd64 scratch
