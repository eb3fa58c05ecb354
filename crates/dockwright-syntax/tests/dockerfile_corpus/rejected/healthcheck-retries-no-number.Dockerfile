FROM scratch
HEALTHCHECK --retries=three CMD true
