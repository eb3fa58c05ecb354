FROM scratch
RUN one
