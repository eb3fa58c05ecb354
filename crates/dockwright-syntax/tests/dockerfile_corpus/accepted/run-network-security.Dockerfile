FROM scratch
RUN --network=none --security=sandbox true
RUN --network=host --security=insecure true
RUN --network=default true
