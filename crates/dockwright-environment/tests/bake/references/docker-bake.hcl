target "base" {
  context = "base"
  tags    = ["example/base:1", "example/base:latest"]
  args    = { VERSION = "1" }
}
target "app" {
  context = target.base.context
  tags    = [for tag in target.base.tags : replace(tag, "base", "app")]
  args    = merge(target.base.args, { OWN = target.base.args.VERSION })
  labels  = { first = target.base.tags[0], second = target.base.tags[1] }
}
target "chain" {
  tags = target.app.tags
}
