variable "OTHER" {
  default = "hcl-${TAG}"
}
target "app" {
  args = { FROM = "hcl", OTHER = OTHER }
}
