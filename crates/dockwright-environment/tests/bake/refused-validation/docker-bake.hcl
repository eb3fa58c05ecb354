variable "PORT" {
  default = 80
  validation {
    condition     = PORT > 1024
    error_message = "The port must be above 1024."
  }
}
target "app" {
  args = { PORT = PORT }
}
