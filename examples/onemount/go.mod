module github.com/auriora/onemount

go 1.24
