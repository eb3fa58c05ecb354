FROM scratch
ARG --anything goes
