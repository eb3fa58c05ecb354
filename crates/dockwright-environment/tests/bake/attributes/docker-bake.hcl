# Every attribute of a target that is plain text.
target "app" {
  description       = "The application"
  context           = "services/app"
  dockerfile        = "docker/app.Dockerfile"
  target            = "runtime"
  tags              = ["example/app:1", "example/app:1", "", "example/app:latest"]
  platforms         = ["linux/amd64", "linux/arm64"]
  args              = { VERSION = 1.50, DEBUG = true, NAME = "app", GONE = null }
  labels            = { "org.opencontainers.image.title" = "app" }
  pull              = true
  no-cache          = false
  no-cache-filter   = ["build"]
  network           = "host"
  shm-size          = "128m"
  ulimits           = ["nofile=1024:1024"]
  call              = "check"
  annotations       = ["index:a=b"]
  extra-hosts       = { db = "10.0.0.2" }
}
target "inline" {
  dockerfile-inline = <<-EOT
    FROM scratch
    # $${KEPT} %%{KEPT}
    COPY . /
  EOT
}
target "empty" {
  dockerfile = ""
}
