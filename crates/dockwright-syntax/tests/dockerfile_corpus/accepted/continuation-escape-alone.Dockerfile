FROM scratch
\
USER \
\
me
