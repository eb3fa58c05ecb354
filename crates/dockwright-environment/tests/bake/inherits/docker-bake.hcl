target "_base" {
  context    = "base"
  dockerfile = "base.Dockerfile"
  args       = { A = "base", B = "base" }
  labels     = { l = "base" }
  tags       = ["base"]
  platforms  = ["linux/amd64"]
  contexts   = { src = "src", other = "other" }
}
target "_second" {
  args        = { B = "second", C = "second" }
  annotations = ["a=1"]
  no-cache-filter = ["x"]
}
target "app" {
  inherits    = ["_base", "_second"]
  args        = { C = "app" }
  annotations = ["b=2"]
  contexts    = { other = "" }
  no-cache-filter = ["y", "x"]
}
target "tagless" {
  inherits = ["app"]
  tags     = []
}
target "grandchild" {
  inherits = ["app", "_base"]
  target   = "stage"
}
target "circle" {
  inherits = ["circle"]
  tags     = ["c"]
}
