FROM --platform=linux/arm/v7 scratch
FROM --platform=arm64 scratch
FROM --platform=$BUILDPLATFORM scratch
FROM --platform= scratch
