FROM scratch
RUN ["echo"] && true
