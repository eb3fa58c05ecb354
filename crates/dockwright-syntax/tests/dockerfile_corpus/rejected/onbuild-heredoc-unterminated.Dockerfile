FROM scratch
ONBUILD RUN <<EOF
one
