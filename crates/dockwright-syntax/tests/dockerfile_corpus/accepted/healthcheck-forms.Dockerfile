FROM scratch
HEALTHCHECK NONE
HEALTHCHECK CMD true
healthcheck cmd ["true"]
HEALTHCHECK none
