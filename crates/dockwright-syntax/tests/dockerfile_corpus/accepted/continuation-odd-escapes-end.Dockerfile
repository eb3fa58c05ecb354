FROM scratch
ENV a=\\\
USER me
