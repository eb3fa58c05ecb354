FROM scratch
COPY --chmod=0888 a /b
