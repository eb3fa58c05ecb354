FROM scratch
RUN --mount=type=tmpfs,target=/a,uid=1000 true
