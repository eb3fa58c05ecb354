FROM scratch
ONBUILD RUN one
ONBUILD COPY a b
onbuild env a=b
