target "app" {
  name = "app-${lang}-${replace(version, ".", "-")}"
  matrix = {
    lang    = ["go", "rust"]
    version = ["1.0", "2.0"]
  }
  args   = { VERSION = version }
  target = lang
  tags   = ["example/${lang}:${version}"]
}
target "objects" {
  name   = item.name
  matrix = {
    item = [
      { name = "first", path = "a" },
      { name = "second", path = "b" },
    ]
  }
  context = item.path
}
group "default" {
  targets = ["app", "first"]
}
target "child" {
  inherits = ["app-go-1-0"]
  tags     = ["child"]
}
