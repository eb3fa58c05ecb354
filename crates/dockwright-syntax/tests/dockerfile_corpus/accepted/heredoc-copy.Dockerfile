FROM scratch
COPY <<EOF /file
body $x
EOF
