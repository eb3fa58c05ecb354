FROM scratch
RUN --mount=type=cache,target=/a,uid=root true
