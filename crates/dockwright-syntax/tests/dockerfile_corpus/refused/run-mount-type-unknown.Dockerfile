FROM scratch
RUN --mount=type=volume,target=/a true
