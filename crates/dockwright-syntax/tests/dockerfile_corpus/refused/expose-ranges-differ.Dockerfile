FROM scratch
EXPOSE 1-2:3-5
