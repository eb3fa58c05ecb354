variable "REGISTRY" {
  default = "registry.example.com"
}
variable "VERSION" {
  default = "1.${MINOR}"
}
variable "MINOR" {
  default = 4
}
variable "UNSET" {}
variable "NOTHING" {
  default = null
}
REGION = "eu-${MINOR}"
target "app" {
  tags = [
    "${REGISTRY}/app:${VERSION}",
    "${REGISTRY}/${REGION}/app",
    UNSET,
    equal("", UNSET) ? "default" : UNSET,
    NOTHING == null ? "null" : "not-null",
  ]
  args = { A = UNSET, B = MINOR, C = NOTHING }
}
