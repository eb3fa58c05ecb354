# escape=`
# comment
# escape=\
FROM scratch
RUN echo `
 two
