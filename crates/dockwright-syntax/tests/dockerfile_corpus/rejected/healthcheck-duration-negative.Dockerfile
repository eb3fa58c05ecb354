FROM scratch
HEALTHCHECK --interval=-1s CMD true
