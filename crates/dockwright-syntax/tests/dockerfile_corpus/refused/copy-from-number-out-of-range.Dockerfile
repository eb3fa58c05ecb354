FROM scratch
FROM scratch
COPY --from=2 /a /b
