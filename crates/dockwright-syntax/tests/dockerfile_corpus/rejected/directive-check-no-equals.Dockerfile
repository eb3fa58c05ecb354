# check=strict
FROM scratch
