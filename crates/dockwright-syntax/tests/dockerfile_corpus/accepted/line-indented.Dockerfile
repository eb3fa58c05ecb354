   FROM scratch
	USER me
