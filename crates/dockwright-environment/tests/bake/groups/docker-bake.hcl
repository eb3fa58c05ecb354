group "default" {
  targets = ["web", "backend"]
}
group "backend" {
  targets = ["api", "worker", "api"]
}
group "all" {
  targets = ["default", "docs"]
}
target "web" {}
target "api" {}
target "worker" {}
target "docs" {}
