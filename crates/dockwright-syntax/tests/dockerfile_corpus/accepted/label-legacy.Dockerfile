FROM scratch
LABEL name some value
