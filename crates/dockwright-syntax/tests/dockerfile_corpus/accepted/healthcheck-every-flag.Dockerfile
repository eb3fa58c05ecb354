FROM scratch
HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0 --start-interval=100ms --retries=3 CMD true
