variable "TAG" { default = "1.2" }
variable "REGISTRY" {
  default = null
  validation {
    condition     = REGISTRY == null || REGISTRY != ""
    error_message = "say which registry"
  }
}
function "image" {
  params = [name]
  variadic_params = more
  result = join("/", concat([REGISTRY == null ? "local" : REGISTRY], [name], more))
}
group "default" { targets = ["app", "tools"] }
target "_common" {
  args = { TAG = TAG, DATE = formatdate("YYYY-MM-DD", timestamp()) }
  platforms = ["linux/amd64", "linux/arm64"]
}
target "app" {
  inherits = ["_common"]
  matrix = { version = ["3.12", "3.13"], flavour = [for f in ["slim", "full"] : upper(f) if f != ""] }
  name = "app-${replace(version, ".", "-")}-${lower(flavour)}"
  contexts = { base = "target:base", src = "docker-image://debian:trixie" }
  tags = ["${image("app")}:${version}%{ if flavour == "SLIM" }-slim%{ endif }"]
  dockerfile-inline = <<EOT
FROM debian:trixie
EOT
}
target "base" { dockerfile = "base/Dockerfile" }
target "tools" { args = merge(target.base.args, { A = 1 + 2 * 3 }) }
