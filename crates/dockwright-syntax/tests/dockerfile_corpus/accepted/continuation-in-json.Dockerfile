FROM scratch
CMD [ \
  "one", \
  # why
  "two" \
]
