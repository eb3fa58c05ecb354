FROM scratch
RUN --mount=target=${a true
