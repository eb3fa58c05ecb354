//! The buildx plugin, run without the docker client around it.
//!
//! The client starts every plugin that it has, only to ask for its name, before it starts the
//! wanted one: a tenth of a build with nothing to do. What buildx does is the same without it.
//! Source of the places: docker's reference "Docker CLI plugins" and `cliPluginsExtraDirs` of its
//! configuration file.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The plugin's name in each directory of plugins.
const NAME: &str = "docker-buildx";

/// Directories of plugins for all users, in the order in which the client looks.
const SYSTEM: &[&str] = &[
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// A configuration file larger than this is none.
const MAX_CONFIGURATION: u64 = 1024 * 1024;

/// The plugin that a docker client would run as `buildx`.
///
/// `None` when it is not found, or the client is a script: that may do anything else first, or be
/// another program under docker's name.
pub(super) fn buildx(client: &OsStr) -> Option<PathBuf> {
    if !cfg!(unix) || !is_program(&find(client)?) {
        return None;
    }
    let own = std::env::var_os("DOCKER_CONFIG").filter(|directory| !directory.is_empty());
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".docker"));
    let configuration = own.map(PathBuf::from).or_else(home);
    let configuration = configuration.as_deref();
    let mut directories = configuration.map(extra_directories).unwrap_or_default();
    directories.extend(configuration.map(|it| it.join("cli-plugins")));
    directories.extend(SYSTEM.iter().map(PathBuf::from));
    let plugins = directories.iter().map(|directory| directory.join(NAME));
    // The first one counts, as for the client, even if it cannot be run.
    let plugin = plugins.into_iter().find(|plugin| plugin.exists())?;
    is_program(&plugin).then_some(plugin)
}

/// The file that a command's name stands for.
fn find(command: &OsStr) -> Option<PathBuf> {
    let path = Path::new(command);
    if path.components().nth(1).is_some() {
        return Some(path.to_owned());
    }
    let directories = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&directories).map(|directory| directory.join(path));
    files.find(|file| file.is_file())
}

/// Whether a file is a program in the machine's own code.
fn is_program(path: &Path) -> bool {
    let mut start = [0; 2];
    let file = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    file.is_ok() && start != *b"#!" && is_executable(path)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// The directories of plugins that docker's configuration names.
fn extra_directories(configuration: &Path) -> Vec<PathBuf> {
    let mut text = Vec::new();
    let file = std::fs::File::open(configuration.join("config.json"));
    let read = file.and_then(|file| file.take(MAX_CONFIGURATION).read_to_end(&mut text));
    let json: serde_json::Value = match read.map(|_| serde_json::from_slice(&text)) {
        Ok(Ok(json)) => json,
        _ => return Vec::new(),
    };
    let named = json
        .get("cliPluginsExtraDirs")
        .and_then(|named| named.as_array());
    let named = named.into_iter().flatten();
    named.filter_map(|it| Some(it.as_str()?.into())).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn write(path: &Path, content: &str) {
        std::fs::write(path, content).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_script_is_not_run_around() {
        let folder = tempfile::tempdir().unwrap();
        let client = folder.path().join("docker");
        write(&client, "#!/bin/sh\nexec podman \"$@\"\n");
        assert_eq!(buildx(client.as_os_str()), None);
        assert_eq!(buildx(OsStr::new("/no/such/docker")), None);
        write(&client, "\u{7f}ELF");
        assert!(is_program(&client));
    }

    #[test]
    fn dockers_configuration_names_more_directories() {
        let folder = tempfile::tempdir().unwrap();
        assert!(extra_directories(folder.path()).is_empty());
        let file = folder.path().join("config.json");
        write(&file, r#"{"cliPluginsExtraDirs": ["/opt/plugins"]}"#);
        assert_eq!(
            extra_directories(folder.path()),
            [Path::new("/opt/plugins")]
        );
        write(&file, "{");
        assert!(extra_directories(folder.path()).is_empty());
    }

    #[test]
    fn a_command_is_looked_for_where_the_shell_would() {
        assert!(find(OsStr::new("sh")).is_some_and(|file| file.is_absolute()));
        assert_eq!(find(OsStr::new("no-such-command-anywhere")), None);
    }
}
