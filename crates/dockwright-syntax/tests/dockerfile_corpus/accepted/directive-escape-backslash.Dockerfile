# escape=\
FROM scratch
RUN echo one \
    two
