FROM scratch
ENV A=${B:-c} D=${E#*/} F=${G//a/b} H=$ I=\${
