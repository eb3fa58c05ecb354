FROM scratch
RUN <<ONE cat && \
  # why
  <<TWO cat
one
ONE
two
TWO
USER me
