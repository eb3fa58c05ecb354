# one
FROM scratch
  # indented
#
#two
USER me # no comment
