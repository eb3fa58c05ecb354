FROM scratch
ADD https://example.com/a.tar.gz /a
ADD git@example.com:a/b.git#main /b
ADD ["a", "b"]
