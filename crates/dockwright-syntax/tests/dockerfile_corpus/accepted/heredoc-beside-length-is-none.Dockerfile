FROM scratch
RUN echo ${#a} <<EOF
USER me
