FROM scratch
RUNN one
