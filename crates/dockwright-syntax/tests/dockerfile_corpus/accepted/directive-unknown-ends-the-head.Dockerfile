# flavour=sweet
# escape=`
FROM scratch
RUN echo \
 two
