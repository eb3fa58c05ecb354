FROM scratch
RUN --mount=type=bind,target=/a --mount=type=cache,target=/b,sharing=locked,id=c,mode=0755,uid=1,gid=1 --mount=type=tmpfs,target=/d,size=1m --mount=type=secret,id=s,env=S,required=true --mount=type=ssh,id=x true
