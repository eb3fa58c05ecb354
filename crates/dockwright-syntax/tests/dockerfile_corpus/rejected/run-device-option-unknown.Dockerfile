FROM scratch
RUN --device=a=b,count=2 true
