FROM scratch
RUN --mount="type=cache,target=/a b" true
RUN --network='none' true
