FROM scratch
HEALTHCHECK --interval=999us CMD true
