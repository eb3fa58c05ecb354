FROM scratch
COPY --chown=${user:^u} a /b
