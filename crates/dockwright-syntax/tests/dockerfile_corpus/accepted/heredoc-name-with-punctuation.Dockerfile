FROM scratch
RUN (cat <<EOF)
one
EOF)
RUN cat <<END;
one
END;
