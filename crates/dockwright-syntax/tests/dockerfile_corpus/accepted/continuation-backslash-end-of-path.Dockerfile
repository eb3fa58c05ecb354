FROM scratch
COPY a C:\dir\\
USER me
