target "app" {
  context  = BAKE_CMD_CONTEXT
  contexts = { here = "${BAKE_CMD_CONTEXT}src" }
}
