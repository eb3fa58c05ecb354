FROM scratch
RUN --mount=type=cache,target=/a,mode=u+x true
