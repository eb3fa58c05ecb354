# check=skip=One, Two;nonsense
FROM scratch
