FROM scratch
COPY a b
COPY a b c/
COPY ["a b", "c"]
COPY a* ?b /
