FROM scratch AS a
FROM scratch AS b
COPY --from=a /x /y
FROM scratch AS a
