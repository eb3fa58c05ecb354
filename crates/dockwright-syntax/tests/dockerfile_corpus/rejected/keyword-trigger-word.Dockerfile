FROM scratch
\
  
NOTHING
