FROM scratch
RUN echo ${a
CMD echo ${a
