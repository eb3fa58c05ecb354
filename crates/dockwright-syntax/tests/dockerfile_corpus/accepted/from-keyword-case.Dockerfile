from scratch
rUn one
