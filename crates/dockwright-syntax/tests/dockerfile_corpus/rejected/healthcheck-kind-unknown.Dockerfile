FROM scratch
HEALTHCHECK curl localhost
