FROM scratch
RUN <<EOF
one
EOF
# comment
USER me
