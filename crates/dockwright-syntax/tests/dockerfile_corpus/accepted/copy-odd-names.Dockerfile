FROM scratch
COPY ftp://example.com/a user@host https:/a /b/
