FROM scratch
COPY [a, b]
COPY ["a" "b"]
