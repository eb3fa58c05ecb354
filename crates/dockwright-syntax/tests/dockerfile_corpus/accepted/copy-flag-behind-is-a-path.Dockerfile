FROM scratch
COPY a --link b
