FROM scratch
ARG SUM
ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 https://example.com/a /b
ADD --checksum=$SUM https://example.com/a /b
ADD --checksum=0123 https://example.com/a.git /b
