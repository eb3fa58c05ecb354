FROM scratch
INSTALL curl
