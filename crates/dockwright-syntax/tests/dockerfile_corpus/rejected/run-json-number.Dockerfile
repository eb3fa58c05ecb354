FROM scratch
RUN ["sleep", 1]
