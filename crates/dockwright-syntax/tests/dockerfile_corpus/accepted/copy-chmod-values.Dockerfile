FROM scratch
ARG MODE
COPY --chmod=0755 a /b
COPY --chmod=07777 a /b
COPY --chmod=u=rwX,go=rX a /b
COPY --chmod=${MODE:-755} a /b
COPY --chmod= a /b
