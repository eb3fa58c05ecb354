FROM scratch
RUN cat <<$A ${B:-x}
one
$A
