FROM scratch
RUN --mount=from=Tools,target=/a true
