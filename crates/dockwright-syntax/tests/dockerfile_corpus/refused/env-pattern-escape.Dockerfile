FROM scratch
ENV A=${B#\a}
