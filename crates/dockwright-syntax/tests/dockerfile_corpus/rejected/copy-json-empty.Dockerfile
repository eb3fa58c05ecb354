FROM scratch
COPY []
