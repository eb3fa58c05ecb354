# escape=`
FROM scratch
RUN echo one `
    two
COPY C:\files\ D:\
