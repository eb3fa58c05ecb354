FROM scratch
RUN cat << EOF
one
EOF
