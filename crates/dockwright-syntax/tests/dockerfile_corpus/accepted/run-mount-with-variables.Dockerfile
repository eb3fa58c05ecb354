FROM scratch
ARG TYPE=tmpfs SIZE=1g SHARING=locked DIR=/c MODE=0755
RUN --mount=type=$TYPE,size=$SIZE,target=/a --mount=type=cache,sharing=$SHARING,target=$DIR,mode=$MODE true
