# escape=\
FROM scratch
RUN echo \
  two
COPY <<EOF /a
body
EOF
USER me
