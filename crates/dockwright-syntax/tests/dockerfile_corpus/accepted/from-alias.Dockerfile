FROM scratch AS base
FROM base
