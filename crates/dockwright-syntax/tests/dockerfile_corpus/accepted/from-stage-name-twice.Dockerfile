FROM scratch AS a
FROM a AS a
FROM a
