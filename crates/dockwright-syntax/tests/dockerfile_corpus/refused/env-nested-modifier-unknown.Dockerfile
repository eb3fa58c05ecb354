FROM scratch
ENV A=${B:-${C:=d}}
