FROM scratch
ADD --checksum=sha256:00 https://example.com/a /b
