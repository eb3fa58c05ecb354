FROM scratch
RUN ["a", null, {"b": [1, 2.5e3]}]
