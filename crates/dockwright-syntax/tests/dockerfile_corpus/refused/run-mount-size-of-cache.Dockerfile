FROM scratch
RUN --mount=type=cache,target=/a,size=1g true
