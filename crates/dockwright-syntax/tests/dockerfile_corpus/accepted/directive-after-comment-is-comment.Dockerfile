# hello
# escape=`
FROM scratch
RUN echo `
RUN echo \
 two
