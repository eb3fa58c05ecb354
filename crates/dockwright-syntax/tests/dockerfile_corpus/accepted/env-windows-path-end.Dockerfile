# escape=`
FROM scratch
ENV a=C:\dir\ b=2
