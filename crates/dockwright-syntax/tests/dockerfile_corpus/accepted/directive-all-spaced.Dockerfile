#   Syntax =   docker/dockerfile:1   
#ESCAPE=`
#	check = skip=all
FROM scratch
RUN a `
 b
