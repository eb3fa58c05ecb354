target "base" {
  context = "base"
}
target "app" {
  context  = "app"
  contexts = {
    base    = "target:base"
    alpine  = "docker-image://alpine:3.20"
    repo    = "https://github.com/example/repo.git#main"
    layout  = "oci-layout://layouts/app:latest"
    src     = "../src"
    here    = "cwd://x"
  }
}
