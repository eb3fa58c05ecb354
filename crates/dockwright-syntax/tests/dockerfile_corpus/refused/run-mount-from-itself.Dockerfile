FROM scratch AS base
RUN --mount=from=base,target=/a true
