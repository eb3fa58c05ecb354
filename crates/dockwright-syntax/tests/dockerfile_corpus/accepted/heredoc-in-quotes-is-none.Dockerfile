FROM scratch
RUN echo "<<EOF"
USER me
