FROM scratch
COPY --from=Registry.example/Tools /a /b
