variable "USE" {
  default = false
}
target "_base" {
  context = "base"
  target  = "stage"
  args    = { A = "base" }
  tags    = ["base"]
}
target "app" {
  inherits  = ["_base"]
  context   = null
  target    = USE ? "other" : null
  args      = { A = null, B = USE ? "b" : null }
  tags      = null
  platforms = USE ? ["linux/amd64"] : null
}
