RUN one
FROM scratch
