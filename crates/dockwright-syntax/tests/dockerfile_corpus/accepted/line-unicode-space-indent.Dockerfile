 　FROM scratch
