target "app" {
  target  = 1
  args    = { A = 1e3, B = 1.10, C = -0.5, D = 12345678901 }
  pull    = "true"
  tags    = [1, true, 1.5]
}
