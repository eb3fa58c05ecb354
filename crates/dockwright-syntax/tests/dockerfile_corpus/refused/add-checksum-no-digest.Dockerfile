FROM scratch
ADD --checksum=sha1:da39a3ee https://example.com/a /b
