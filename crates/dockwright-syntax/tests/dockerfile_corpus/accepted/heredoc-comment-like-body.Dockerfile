FROM scratch
RUN <<EOF
# no comment

FROM nothing\
EOF
