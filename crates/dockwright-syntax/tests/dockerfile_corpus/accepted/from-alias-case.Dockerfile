FROM scratch as Base
FROM base aS two.three-4_5
