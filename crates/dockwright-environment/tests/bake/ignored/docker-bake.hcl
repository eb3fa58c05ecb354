# Bake says nothing about what it does not know.
target "app" {
  taggs = ["a"]
  block {
    a = 1
  }
}
group "all" {
  targets = ["app"]
  other   = 1
}
resource "a" "b" {
  c = 1
}
