target "release" { inherits = ["web"] }
