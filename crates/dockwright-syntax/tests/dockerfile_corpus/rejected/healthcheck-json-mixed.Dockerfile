FROM scratch
HEALTHCHECK CMD ["a", 1]
