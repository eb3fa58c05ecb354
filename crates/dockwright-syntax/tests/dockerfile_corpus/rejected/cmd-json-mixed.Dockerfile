FROM scratch
CMD ["a", true]
