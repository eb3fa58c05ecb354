FROM scratch
RUN --mount=type=secret,id=a,sharing=locked true
