target "web" {
  args       = { B = "2", C = "3" }
  cache-from = ["type=gha"]
  secret     = ["id=other"]
  labels     = { a = "b" }
}
target "api" {
  tags = ["example/api:release"]
}
