FROM scratch
RUN ['echo', 'one']
RUN [ "$a" = b ] && true
RUN ["a",]
RUN ["a" "b"]
RUN ["a"
RUN [[ -n x ]]
