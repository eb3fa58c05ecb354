FROM scratch AS Base
FROM scratch
COPY --from=BASE /a /b
