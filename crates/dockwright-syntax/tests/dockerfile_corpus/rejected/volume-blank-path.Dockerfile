FROM scratch
VOLUME ["  "]
