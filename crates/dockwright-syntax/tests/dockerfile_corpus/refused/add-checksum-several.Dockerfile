FROM scratch
ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 https://example.com/a https://example.com/b /c/
