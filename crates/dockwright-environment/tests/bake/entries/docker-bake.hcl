# Caches, secrets, agents, outputs and attestations, as text and as objects.
target "text" {
  cache-from = ["example/app", "type=gha,scope=a", "type=gha,scope=a"]
  cache-to   = ["type=local,dest=cache,mode=max"]
  secret     = ["id=token,env=TOKEN", "type=env,id=key,source=KEY"]
  ssh        = ["default"]
  output     = ["type=docker", "out"]
  attest     = ["type=sbom", "type=provenance,mode=max"]
}
target "objects" {
  cache-from = [{ type = "registry", ref = "example/app" }]
  cache-to   = [{ type = "local", dest = "cache", mode = "max" }]
  secret     = [{ id = "token", env = "TOKEN" }]
  ssh        = [{ id = "default" }]
  output     = [{ type = "image", "annotation.a" = "b", push = "true" }]
  attest     = [{ type = "sbom", disabled = true }]
}
target "child" {
  inherits   = ["text"]
  secret     = ["id=token,env=OTHER"]
  ssh        = ["default"]
  cache-from = ["example/app", "type=s3,bucket=x"]
  output     = ["type=cacheonly"]
  attest     = ["type=sbom,generator=x"]
}
