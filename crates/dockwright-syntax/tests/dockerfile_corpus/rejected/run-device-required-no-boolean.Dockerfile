FROM scratch
RUN --device=a,required=often true
