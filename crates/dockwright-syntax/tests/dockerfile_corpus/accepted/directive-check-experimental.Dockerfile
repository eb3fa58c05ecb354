# check=experimental=all;error=false
FROM scratch
