FROM scratch
USER --x me
