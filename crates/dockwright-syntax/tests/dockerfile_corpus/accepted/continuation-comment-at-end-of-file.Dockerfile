FROM scratch
RUN one && \
# the end
