function "f" {
  params = [a]
  result = f(a)
}
target "app" {
  tags = [f("a")]
}
