FROM scratch
RUN cat <<<EOF
USER me
