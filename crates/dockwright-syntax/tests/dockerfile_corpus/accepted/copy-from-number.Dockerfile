FROM scratch
FROM scratch
COPY --from=0 /a /b
COPY --from=+0 /a /b
COPY --from=00 /a /b
