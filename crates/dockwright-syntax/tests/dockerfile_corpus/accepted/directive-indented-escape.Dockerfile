   # escape=`
FROM scratch
RUN echo `
 two
