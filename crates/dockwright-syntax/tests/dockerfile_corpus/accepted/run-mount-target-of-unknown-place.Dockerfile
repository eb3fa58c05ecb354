FROM scratch
ARG DIR=b
WORKDIR $DIR/a
RUN --mount=type=cache true
