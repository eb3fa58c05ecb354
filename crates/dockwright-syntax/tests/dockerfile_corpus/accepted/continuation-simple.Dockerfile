FROM scratch
RUN one && \
    two && \
    three
