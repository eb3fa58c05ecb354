FROM scratch
RUN <<"EOF"
echo $x
EOF
RUN <<'EOF'
echo $x
EOF
RUN <<E"O"F
EOF
