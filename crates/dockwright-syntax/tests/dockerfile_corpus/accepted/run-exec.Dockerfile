FROM scratch
RUN ["echo", "one two", "\u0041\n"]
