FROM scratch
HEALTHCHECK --nonsense NONE
