variable "NAMES" {
  default = ["a", "b", "c"]
}
variable "DEBUG" {
  default = true
}
target "app" {
  args = {
    LOOP    = "%{ for name in NAMES }<${name}>%{ endfor }"
    INDEXED = "%{ for index, name in NAMES }${index}=${name} %{ endfor }"
    IF      = "a%{ if DEBUG }-debug%{ else }-release%{ endif }-z"
    STRIP   = "a  ${~ "b" ~}  c"
    ESCAPED = "$${NAME} %%{if} \"q\" \\ \t| \u00e9"
    HEREDOC = <<EOT
line ${NAMES[0]}
  %{ if !DEBUG ~}
  never
  %{~ endif ~}
end
EOT
    INDENTED = <<-EOT
      one
        two ${NAMES[1]}
    EOT
    NUMBER  = "${1 + 1}"
    BOOL    = "${DEBUG}"
  }
  tags = "${NAMES}"
}
