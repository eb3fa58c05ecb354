FROM scratch
ADD --from=base a b
