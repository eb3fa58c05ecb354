FROM scratch
RUN --mount=target=/a,sharing=locked true
