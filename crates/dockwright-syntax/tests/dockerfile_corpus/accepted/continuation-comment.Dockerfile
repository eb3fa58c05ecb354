FROM scratch
RUN one && \
# why
    # indented \
    two
