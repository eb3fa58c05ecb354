FROM scratch
RUN --mount=type=bind,source=a,target=/b,from=base,rw true
