FROM scratch
RUN echo \\
USER me
