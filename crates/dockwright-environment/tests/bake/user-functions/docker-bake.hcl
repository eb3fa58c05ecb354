variable "REGISTRY" {
  default = "example"
}
function "tag" {
  params = [name]
  result = ["${REGISTRY}/${name}:${version(name)}"]
}
function "version" {
  params = [name]
  result = name == "api" ? "2" : "1"
}
function "all" {
  params          = [first]
  variadic_params = rest
  result          = join("-", concat([first], rest))
}
target "api" {
  tags = tag("api")
  args = { ALL = all("a", "b", "c"), ONE = all("a") }
}
target "web" {
  tags = concat(tag("web"), tag("api"))
}
