FROM scratch
ENV name the rest, "quoted" = and all
