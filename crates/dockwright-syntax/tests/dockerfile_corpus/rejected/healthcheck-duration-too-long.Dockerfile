FROM scratch
HEALTHCHECK --interval=2562048h CMD true
