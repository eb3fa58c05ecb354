FROM scratch
RUN --privileged true
