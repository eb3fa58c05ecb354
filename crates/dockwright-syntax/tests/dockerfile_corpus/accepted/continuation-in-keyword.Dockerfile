FR\
OM scr\
atch
