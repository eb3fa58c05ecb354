FROM scratch
COPY a <<EOF
one
EOF
