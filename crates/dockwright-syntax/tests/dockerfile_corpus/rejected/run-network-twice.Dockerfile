FROM scratch
RUN --network=none --network=host true
