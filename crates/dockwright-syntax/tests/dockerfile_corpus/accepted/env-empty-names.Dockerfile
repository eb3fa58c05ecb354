FROM scratch
ENV ""=a
LABEL ""=b
USER ""
WORKDIR ""
