FROM scratch
VOLUME /${a
