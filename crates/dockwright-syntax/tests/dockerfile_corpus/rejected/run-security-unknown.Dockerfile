FROM scratch
RUN --security=off true
