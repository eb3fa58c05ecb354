FROM scratch
RUN <<EOF
echo one
echo two
EOF
