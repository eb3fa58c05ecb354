FROM scratch AS base
FROM scratch
RUN --mount=type=secret,id=a,from=base true
