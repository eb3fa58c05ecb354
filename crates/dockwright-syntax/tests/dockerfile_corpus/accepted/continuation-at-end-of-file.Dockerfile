FROM scratch
RUN one \
