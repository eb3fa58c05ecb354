FROM scratch
ONBUILD --x RUN one
