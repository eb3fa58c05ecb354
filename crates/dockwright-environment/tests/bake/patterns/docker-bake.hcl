variable "VERSION" { default = "3.21.4" }
variable "SHORT" { default = regex_replace(VERSION, "\\.\\d+$", "") }
target "classes" {
  args = {
    SHORT   = SHORT
    WORDS   = join("|", regexall("\\w+", "one two_2, drei"))
    SPACES  = regex_replace("a \t b", "\\s+", "-")
    INSIDE  = join("|", regexall("[\\d.]+", "v1.2.3 and 4"))
    OUTSIDE = regex_replace("v1.2-rc", "[^\\w.]", "_")
    NOT     = regex_replace("v1.2", "\\D", "")
    BRACKET = regex_replace("a]b", "[]]", "-")
    NAMED   = join("|", regexall("[[:alpha:]\\d]+", "a1 b2"))
    BORDER  = regex_replace("on one", "\\bon\\b", "off")
    CASE    = regex_replace("Debian", "(?i)DEBIAN", "alpine")
  }
}
target "named" {
  matrix     = { file = ["Dockerfile", "./docs/a.Dockerfile"] }
  name       = "validate-${md5(file)}"
  dockerfile = file
  call       = "check"
}
