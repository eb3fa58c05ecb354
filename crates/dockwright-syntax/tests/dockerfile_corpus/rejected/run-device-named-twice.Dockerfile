FROM scratch
RUN --device=name=a,name=b true
