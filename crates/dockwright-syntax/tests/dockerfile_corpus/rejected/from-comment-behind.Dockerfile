FROM scratch # base
