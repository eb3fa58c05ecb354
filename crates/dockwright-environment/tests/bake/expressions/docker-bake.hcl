variable "N" {
  default = 7
}
variable "PEOPLE" {
  default = {
    ann = { age = 30, tags = ["x", "y"] }
    bob = { age = 20, tags = [] }
  }
}
variable "LIST" {
  default = [{ id = "a" }, { id = "b" }]
}
target "app" {
  args = {
    SUM        = N + 3 * 2 - 1
    PAREN      = (N + 3) * 2
    DIVIDED    = N / 2
    MODULO     = N % 4
    NEGATIVE   = -N
    NOT        = !(N > 5)
    COMPARE    = N >= 7 && N != 8 || false
    MIXED      = N == "7"
    CONDITION  = N > 5 ? "big" : N
    NUMBER     = N > 5 ? N : "small"
    INDEX      = PEOPLE["ann"].age
    DEEP       = PEOPLE.ann.tags[1]
    SPLAT      = join(",", LIST[*].id)
    ATTRIBUTE  = join(",", LIST.*.id)
    LEGACY     = LIST.0.id
    FOR        = join(",", [for name, person in PEOPLE : "${name}:${person.age}" if person.age > 20])
    FOR_LIST   = join(",", [for index, item in LIST : "${index}${item.id}"])
    FOR_OBJECT = jsonencode({ for item in LIST : item.id => upper(item.id) })
    GROUPED    = jsonencode({ for name, person in PEOPLE : (person.age > 25 ? "old" : "young") => name... })
    BIG        = 1000000 * 1000000
    FRACTION   = 0.25
  }
}
