target "host" {
  network      = "host"
  entitlements = ["security.insecure"]
}
target "none" {
  network = "none"
}
