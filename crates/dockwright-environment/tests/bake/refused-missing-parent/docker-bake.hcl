target "app" {
  inherits = ["nowhere"]
}
