FROM scratch
RUN <<EOF python3 -
print(1)
EOF
