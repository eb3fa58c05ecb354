target "default" { context = "other" }
target "more" {
  name     = "web-${v}"
  matrix   = { v = ["1", "2"] }
  inherits = ["web"]
}
