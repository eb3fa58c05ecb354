target "web" { target = "release" }
