FROM scratch
HEALTHCHECK --timeout=1d CMD true
