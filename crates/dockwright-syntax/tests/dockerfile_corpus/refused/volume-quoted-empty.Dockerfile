FROM scratch
VOLUME ""
