FROM scratch
RUN <<ONE cat && <<TWO cat
one
ONE
two
TWO
