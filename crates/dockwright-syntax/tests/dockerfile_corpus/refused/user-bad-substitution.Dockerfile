FROM scratch
USER ${user
