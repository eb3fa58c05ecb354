FROM scratch
ARG VERSION
COPY https://example.com/$VERSION.tar /b
