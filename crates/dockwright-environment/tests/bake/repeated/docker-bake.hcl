target "app" {
  tags = ["one"]
  args = { A = "1" }
  inherits = ["_a"]
}
target "_a" {
  labels = { from = "a", a = "1" }
}
target "_b" {
  labels = { from = "b" }
}
target "app" {
  args = { B = "2" }
  inherits = ["_b"]
}
group "default" {
  targets = ["app"]
}
group "default" {
  targets = ["_a"]
}
