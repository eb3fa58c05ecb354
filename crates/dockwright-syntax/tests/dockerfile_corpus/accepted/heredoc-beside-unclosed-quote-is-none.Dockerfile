FROM scratch
RUN echo it's <<EOF
USER me
