FROM https://registry.example/a
