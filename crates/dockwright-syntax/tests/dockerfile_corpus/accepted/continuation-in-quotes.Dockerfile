FROM scratch
ENV text="one \
 two" other=three
