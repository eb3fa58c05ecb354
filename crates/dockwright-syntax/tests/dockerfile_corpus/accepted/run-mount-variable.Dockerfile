FROM scratch
ARG D=/x
RUN --mount=type=cache,target=${D} true
