FROM scratch
ENV a=\"one b=two\' c="three \" four"
