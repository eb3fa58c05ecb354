FROM registry.example/a@sha256:00
