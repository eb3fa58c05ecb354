FROM scratch
WORKDIR /a
RUN --mount=type=cache,target=/ true
