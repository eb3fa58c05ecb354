FROM scratch
ENTRYPOINT [{}]
