FROM scratch
HEALTHCHECK --interval= --retries= CMD true
