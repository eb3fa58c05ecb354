FROM scratch
WORKDIR /a
WORKDIR b c
WORKDIR "/d e"
