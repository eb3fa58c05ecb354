FROM scratch
WORKDIR /w
RUN --mount=type=cache,id=a,sharing=Private,mode=0755,uid=1,gid=2 \
    --mount=type=tmpfs,target=/t,size=1.5GiB \
    --mount=type=secret,id=s,required,env=S,mode=0400 \
    --mount=type=ssh,required=true,uid=1 \
    --mount=target=/b,rw,source=a true
