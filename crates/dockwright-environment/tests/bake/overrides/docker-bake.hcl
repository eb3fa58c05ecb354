variable "TAG" {
  default = "dev"
}
group "default" {
  targets = ["app"]
}
target "app" {
  tags = ["app:${TAG}"]
  args = { A = "1", B = "1" }
}
