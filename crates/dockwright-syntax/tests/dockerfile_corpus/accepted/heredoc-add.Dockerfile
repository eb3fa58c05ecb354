FROM scratch
ADD <<EOF /file
body
EOF
ADD --chown=1 <<-"X" /y
	body
	X
