FROM scratch
ONBUILD maintainer me
