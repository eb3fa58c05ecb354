ARG A=a
FROM scratch AS $A
