FROM scratch
EXPOSE localhost:8080:80
