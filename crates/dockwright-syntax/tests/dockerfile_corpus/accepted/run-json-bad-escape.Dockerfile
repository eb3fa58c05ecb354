FROM scratch
RUN ["C:\path"]
