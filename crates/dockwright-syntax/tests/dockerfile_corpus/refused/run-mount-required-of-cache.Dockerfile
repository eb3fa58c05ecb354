FROM scratch
RUN --mount=type=cache,target=/a,required=true true
