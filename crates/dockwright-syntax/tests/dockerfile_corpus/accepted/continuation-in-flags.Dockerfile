FROM scratch
COPY --chown=1:1 \
  --link \
  a b
