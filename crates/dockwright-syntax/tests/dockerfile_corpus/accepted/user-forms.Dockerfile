FROM scratch
USER me
USER 1:1
USER $U and more
