FROM scratch
COPY a ""
