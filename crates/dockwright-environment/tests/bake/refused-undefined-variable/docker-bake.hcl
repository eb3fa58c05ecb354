target "app" {
  tags = ["${NOWHERE}"]
}
