FROM scratch
RUN --mount=type=secret,id=token true
RUN --mount=type=ssh true
RUN --mount=target=/x true
