# check=ignore=all
FROM scratch
