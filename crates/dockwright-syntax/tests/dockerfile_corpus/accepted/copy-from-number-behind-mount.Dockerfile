FROM scratch
RUN --mount=type=cache,target=/a true
COPY --from=1 /a /b
