target "web" {
  inherits = ["_common"]
  tags     = null
}
target "_common" {
  args   = { FROM = "common", COMMON = "1" }
  target = "common"
}
