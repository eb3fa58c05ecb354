FROM scratch
ADD --chmod=rwxr-xr-x a /b
