FROM scratch
COPY --chmod=755 <<one.txt <<two.txt local /dir/
1
one.txt
2
two.txt
