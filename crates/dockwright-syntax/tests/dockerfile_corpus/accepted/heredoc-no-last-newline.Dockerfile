FROM scratch
RUN <<EOF
one
EOF