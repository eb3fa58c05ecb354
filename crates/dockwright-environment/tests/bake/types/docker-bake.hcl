variable "LIST" {
  type    = list(string)
  default = ["a", 1, true]
}
variable "SET" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "MAP" {
  type    = map(number)
  default = { x = "1", y = 2 }
}
variable "OBJECT" {
  type    = object({ name = string, size = optional(number) })
  default = { name = "n", other = "dropped" }
}
variable "TUPLE" {
  type    = tuple([string, number])
  default = ["t", "5"]
}
variable "BOOL" {
  type    = bool
  default = "true"
}
variable "ANY" {
  type    = any
  default = ["x"]
}
variable "TYPED" {
  type = string
}
target "app" {
  tags = concat(LIST, [for item in SET : "set-${item}"])
  args = {
    MAP    = MAP["x"] + MAP.y
    OBJECT = OBJECT.name
    TUPLE  = TUPLE[1] * 2
    BOOL   = BOOL ? "yes" : "no"
    ANY    = ANY[0]
    TYPED  = TYPED == null
    OTHER  = can(OBJECT.other)
  }
}
