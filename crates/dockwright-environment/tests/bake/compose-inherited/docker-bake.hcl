group "all" { targets = ["release", "web_app"] }
target "release" {
  inherits = ["base"]
  contexts = { web = "target:web_app" }
  tags     = ["example/release"]
}
