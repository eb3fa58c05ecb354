FROM scratch
RUN <<ONE <<TWO
one
ONE
