FROM scratch
CMD cat <<EOF
ENV a=<<EOF
USER me
