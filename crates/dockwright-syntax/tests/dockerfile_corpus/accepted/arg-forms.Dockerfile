FROM scratch
ARG one
ARG two=2
ARG three= four="4 4" five='5' six
