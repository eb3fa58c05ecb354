FROM scratch
RUN --device=vendor.com/class=name true
RUN --device=name=vendor.com/class,required --device=vendor.com/b=c,required=false true
