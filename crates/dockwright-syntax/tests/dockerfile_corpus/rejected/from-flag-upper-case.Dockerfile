FROM --Platform=linux/amd64 scratch
