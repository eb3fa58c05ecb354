FROM scratch
RUN --mount=target=/a,mode=0755 true
