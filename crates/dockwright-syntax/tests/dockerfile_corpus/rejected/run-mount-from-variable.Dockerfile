FROM scratch
ARG S=base
RUN --mount=type=bind,from=$S,target=/x true
