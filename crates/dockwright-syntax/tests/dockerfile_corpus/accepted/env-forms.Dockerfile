FROM scratch
ENV a=1 b="two words" c='three $x' d=four\ words e= f=""
