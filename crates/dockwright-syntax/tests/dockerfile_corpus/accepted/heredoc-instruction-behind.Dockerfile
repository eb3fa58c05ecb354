FROM scratch
RUN <<EOF
one
EOF
USER me
RUN <<EOF
two
EOF
COPY a b
