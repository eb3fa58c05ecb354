FROM scratch
RUN --mount=type=cache,tagret=/a true
