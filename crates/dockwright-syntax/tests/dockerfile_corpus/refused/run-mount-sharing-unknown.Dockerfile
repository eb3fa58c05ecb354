FROM scratch
RUN --mount=type=cache,target=/a,sharing=exclusive true
