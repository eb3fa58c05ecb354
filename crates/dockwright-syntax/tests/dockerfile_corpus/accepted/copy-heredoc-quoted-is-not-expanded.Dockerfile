FROM scratch
COPY <<'EOF' /a
name=${name
EOF
