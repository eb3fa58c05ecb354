variable "PORT" {
  type    = number
  default = 8080
  validation {
    condition     = PORT > 1024
    error_message = "The port must be above 1024."
  }
  validation {
    condition     = PORT < OTHER
    error_message = "The port must be below the other."
  }
}
variable "OTHER" {
  default = 9000
}
target "app" {
  args = { PORT = PORT }
}
