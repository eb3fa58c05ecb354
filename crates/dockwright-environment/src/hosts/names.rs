//! Names of files that have something of Docker in them.

/// Whether a path names a Dockerfile, Compose file, bake file or ignore file.
pub(super) fn speaks_of_docker(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    name == "dockerfile"
        || name == "containerfile"
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
        || name.ends_with(".dockerignore")
        || name.starts_with("docker-bake.")
        || is_yaml && (name.starts_with("compose") || name.starts_with("docker-compose"))
}

#[cfg(test)]
mod tests {
    use super::speaks_of_docker;

    #[test]
    fn names_of_docker_files() {
        for path in [
            "a/Dockerfile.web",
            "web.Dockerfile",
            "docker-compose.dev.yml",
            "x/.dockerignore",
        ] {
            assert!(speaks_of_docker(path), "{path}");
        }
        for path in [
            "docker",
            "docker-entrypoint.sh",
            "composer.json",
            "Dockerfiles",
        ] {
            assert!(!speaks_of_docker(path), "{path}");
        }
    }
}
