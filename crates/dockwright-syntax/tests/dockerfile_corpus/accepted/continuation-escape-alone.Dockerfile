\
FROM \
\
scratch
