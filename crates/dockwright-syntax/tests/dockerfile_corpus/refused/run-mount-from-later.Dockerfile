FROM scratch AS one
RUN --mount=from=two,target=/a true
FROM scratch AS two
COPY c /c
