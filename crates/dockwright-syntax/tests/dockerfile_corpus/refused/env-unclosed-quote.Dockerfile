FROM scratch
ENV a="one two
