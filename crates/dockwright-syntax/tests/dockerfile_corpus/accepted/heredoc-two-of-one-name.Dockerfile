FROM scratch
COPY <<EOF <<EOF /x/
one
EOF
two
EOF
