FROM scratch
RUN ["cat", "<<EOF"]
COPY ["<<EOF", "/x"]
USER me
