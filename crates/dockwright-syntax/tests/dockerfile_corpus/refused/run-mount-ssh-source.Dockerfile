FROM scratch
RUN --mount=type=ssh,src=a true
