FROM scratch
ONBUILD ENV a=1 b
