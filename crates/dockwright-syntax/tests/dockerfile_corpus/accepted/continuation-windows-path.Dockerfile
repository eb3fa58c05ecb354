# escape=`
FROM scratch
COPY a C:\dir\
WORKDIR C:\
RUN dir C:\
