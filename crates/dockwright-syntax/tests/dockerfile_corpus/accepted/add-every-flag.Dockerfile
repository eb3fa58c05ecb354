FROM scratch
ADD --checksum=sha256:0123456789012345678901234567890123456789012345678901234567890123 --keep-git-dir=true --chown=1 --chmod=644 --link --exclude=a https://example.com/a /b
