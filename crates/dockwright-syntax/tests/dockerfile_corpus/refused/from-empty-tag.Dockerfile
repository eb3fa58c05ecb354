FROM registry.example/a:
