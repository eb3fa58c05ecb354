FROM scratch
COPY git@example.com:group/project.git /src
