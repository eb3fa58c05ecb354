FROM scratch
COPY ["a", 1]
