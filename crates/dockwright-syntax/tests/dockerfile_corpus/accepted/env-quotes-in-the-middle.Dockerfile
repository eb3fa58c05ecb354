FROM scratch
ENV a=one"two three"four b=x'y z'
