target "base" {
  tags = ["a"]
}
target "app" {
  tags = target["base"].tags
}
