FROM scratch
ENV name		value
