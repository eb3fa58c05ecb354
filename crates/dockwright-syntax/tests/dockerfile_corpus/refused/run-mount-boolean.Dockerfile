FROM scratch
RUN --mount=target=/a,ro=yes true
