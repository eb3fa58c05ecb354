FROM scratch AS "a"
