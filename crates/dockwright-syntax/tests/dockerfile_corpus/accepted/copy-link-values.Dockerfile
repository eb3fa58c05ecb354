FROM scratch
COPY --link=true a b
COPY --link=FALSE a b
