FROM scratch AS base
FROM Base
