FROM scratch
RUN --mount=type=secret,id=a,src=b true
