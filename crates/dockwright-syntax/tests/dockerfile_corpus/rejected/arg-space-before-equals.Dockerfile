FROM scratch
ARG a =1
