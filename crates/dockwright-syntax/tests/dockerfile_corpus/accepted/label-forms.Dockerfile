FROM scratch
LABEL a=1 "b c"="d e" f.g-h='i' $X=y
