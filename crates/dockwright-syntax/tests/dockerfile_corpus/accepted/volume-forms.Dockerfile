FROM scratch
VOLUME /a /b
VOLUME ["/a", "/b c"]
VOLUME [not json]
