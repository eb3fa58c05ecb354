FROM scratch
EXPOSE --all 80
