target "app" {
  matrix = { v = ["1", "2"] }
  tags   = [v]
}
