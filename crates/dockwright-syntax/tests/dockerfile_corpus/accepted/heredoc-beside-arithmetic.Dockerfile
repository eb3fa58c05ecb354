FROM scratch
RUN echo $(( 1 << 2 ))
2
USER me
