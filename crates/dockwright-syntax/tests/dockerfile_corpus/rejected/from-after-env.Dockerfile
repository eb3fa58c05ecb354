ARG A=1
ENV B=$A
FROM scratch
