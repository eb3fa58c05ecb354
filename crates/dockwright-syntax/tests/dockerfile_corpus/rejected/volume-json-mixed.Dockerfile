FROM scratch
VOLUME ["/a", 2]
