FROM scratch
RUN one \
USER me
