FROM scratch
HEALTHCHECK --delay=1s CMD true
