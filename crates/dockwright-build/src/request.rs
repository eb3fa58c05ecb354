//! What is asked of a build, whatever the engine.

use std::path::{Path, PathBuf};

use crate::Plan;

/// How the targets of a plan are built, beside what the plan says of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The builder of buildx to use; its current one when absent.
    pub builder: Option<String>,
    /// How many targets are built at the same time; no bound when absent.
    pub jobs: Option<usize>,
    /// Whether independent targets go on when one fails.
    pub keep_going: bool,
    /// Privileges that a person gives the build, as `--allow` of buildx takes them.
    pub allow: Vec<String>,
    /// Where the engine writes what it knows of the results, as JSON.
    pub metadata_file: Option<PathBuf>,
}

/// What a person says once for every target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Use no cache.
    pub no_cache: bool,
    /// Ask for bases anew.
    pub pull: bool,
    /// Build for these platforms.
    pub platforms: Vec<String>,
    /// Push the images to their registries.
    pub push: bool,
    /// Load the images into the engine's own store.
    pub load: bool,
    /// Where the results go, as `--output` takes it.
    pub output: Vec<String>,
    /// Caches to read.
    pub cache_from: Vec<String>,
    /// Caches to write.
    pub cache_to: Vec<String>,
    /// Secrets: names and places.
    pub secret: Vec<String>,
    /// Agents and keys.
    pub ssh: Vec<String>,
    /// A bill of materials: `true`, `false`, or what makes it.
    pub sbom: Option<String>,
    /// Provenance: `true`, `false`, or how much of it.
    pub provenance: Option<String>,
}

impl Plan {
    /// Applies options to some targets. What decides how a step runs applies to what they need as
    /// well; what decides where a result goes, to them alone.
    pub fn apply(&mut self, targets: &[usize], options: &Options) {
        for index in self.closure(targets) {
            let Some(target) = self.targets.get_mut(index) else {
                continue;
            };
            let bake = &mut target.bake;
            bake.no_cache = options.no_cache.then_some(true).or(bake.no_cache);
            bake.pull = options.pull.then_some(true).or(bake.pull);
            if !options.platforms.is_empty() {
                bake.platforms.clone_from(&options.platforms);
            }
            bake.cache_from.extend(options.cache_from.iter().cloned());
            bake.secret.extend(options.secret.iter().cloned());
            bake.ssh.extend(options.ssh.iter().cloned());
            if !targets.contains(&index) {
                continue;
            }
            bake.cache_to.extend(options.cache_to.iter().cloned());
            let attestations = [("sbom", &options.sbom), ("provenance", &options.provenance)];
            for (kind, given) in attestations {
                if let Some(given) = given {
                    let prefix = format!("type={kind}");
                    bake.attest.retain(|known| !known.starts_with(&prefix));
                    bake.attest.push(attestation(&prefix, given));
                }
            }
            let stored = [
                (options.push, "type=registry"),
                (options.load, "type=docker"),
            ];
            let stored = stored.iter().filter(|(asked, _)| *asked);
            let mut output = options.output.clone();
            output.extend(stored.map(|(_, output)| (*output).to_owned()));
            if !output.is_empty() {
                bake.output = output;
            }
        }
    }
}

impl Options {
    /// The same with paths that do not depend on where the engine runs: relative ones are seen from
    /// `directory`.
    #[must_use]
    pub fn seen_from(&self, directory: &Path) -> Self {
        let each = |options: &[String]| -> Vec<String> {
            let options = options.iter();
            options
                .map(|option| with_paths(option, directory))
                .collect()
        };
        Self {
            secret: each(&self.secret),
            ssh: self.ssh.iter().map(|it| ssh(it, directory)).collect(),
            cache_from: each(&self.cache_from),
            cache_to: each(&self.cache_to),
            output: self.output.iter().map(|it| output(it, directory)).collect(),
            ..self.clone()
        }
    }

    /// What bake has to be allowed for these options: it asks before it leaves the repository, and
    /// whoever gives them has answered.
    pub fn allowed(&self) -> Vec<String> {
        let paths = |options: &[String], right: &str| -> Vec<String> {
            let pairs = options.iter().flat_map(|option| option.split(','));
            let pairs = pairs.filter_map(|pair| pair.split_once('='));
            let paths = pairs.filter(|(key, _)| PATHS.contains(key));
            paths.map(|(_, path)| format!("{right}={path}")).collect()
        };
        let mut allowed = paths(&self.secret, "fs.read");
        let keys = self.ssh.iter().filter_map(|it| it.split_once('='));
        let keys = keys.flat_map(|(_, paths)| paths.split(','));
        allowed.extend(keys.map(|path| format!("fs.read={path}")));
        allowed.extend(paths(&self.cache_from, "fs.read"));
        allowed.extend(paths(&self.cache_to, "fs.write"));
        allowed.extend(paths(&self.output, "fs.write"));
        allowed.extend((!self.ssh.is_empty()).then(|| "ssh".to_owned()));
        allowed
    }
}

/// Keys of options whose values are paths.
const PATHS: &[&str] = &["src", "source", "dest"];

/// An option of `key=value` pairs with its paths made absolute. A pair in quotes has a comma in it,
/// and is left as it is.
fn with_paths(option: &str, directory: &Path) -> String {
    if option.contains('"') {
        return option.to_owned();
    }
    let pairs = option.split(',').map(|pair| match pair.split_once('=') {
        Some((key, path)) if PATHS.contains(&key) => {
            format!("{key}={}", directory.join(path).display())
        }
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join(",")
}

/// `--ssh`: a name alone, or with paths.
fn ssh(option: &str, directory: &Path) -> String {
    let Some((id, paths)) = option.split_once('=') else {
        return option.to_owned();
    };
    let paths = paths
        .split(',')
        .map(|path| directory.join(path).display().to_string());
    format!("{id}={}", paths.collect::<Vec<_>>().join(","))
}

/// `--output`: pairs, or the path of a directory.
fn output(option: &str, directory: &Path) -> String {
    if option.contains('=') || option == "-" {
        return with_paths(option, directory);
    }
    format!("type=local,dest={}", directory.join(option).display())
}

/// `--sbom` and `--provenance` as `--attest`.
fn attestation(prefix: &str, given: &str) -> String {
    match given {
        "true" | "" => prefix.to_owned(),
        "false" => format!("{prefix},disabled=true"),
        options => format!("{prefix},{options}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Target;

    #[test]
    fn paths_are_those_of_who_types_them() {
        let options = Options {
            secret: vec![
                "id=token,src=token.txt".to_owned(),
                "id=key,env=KEY".to_owned(),
            ],
            output: vec!["out".to_owned(), "type=oci,dest=/tmp/image.tar".to_owned()],
            ..Options::default()
        };
        let options = options.seen_from(Path::new("/home/me"));
        assert_eq!(
            options.secret,
            ["id=token,src=/home/me/token.txt", "id=key,env=KEY"]
        );
        assert_eq!(
            options.output,
            [
                "type=local,dest=/home/me/out",
                "type=oci,dest=/tmp/image.tar"
            ]
        );
        assert_eq!(
            options.allowed(),
            [
                "fs.read=/home/me/token.txt",
                "fs.write=/home/me/out",
                "fs.write=/tmp/image.tar"
            ]
        );
    }

    #[test]
    fn results_of_what_is_only_needed_go_nowhere() {
        let target = |name: &str, needs: &[usize]| Target {
            name: name.to_owned(),
            needs: needs.to_vec(),
            ..Target::default()
        };
        let mut plan = Plan {
            targets: vec![
                target("base", &[]),
                target("web", &[0]),
                target("other", &[]),
            ],
            groups: Vec::new(),
        };
        let options = Options {
            push: true,
            no_cache: true,
            provenance: Some("mode=max".to_owned()),
            ..Options::default()
        };
        plan.apply(&[1], &options);
        let told: Vec<_> = plan
            .targets
            .iter()
            .map(|it| {
                (
                    it.bake.no_cache,
                    it.bake.output.join(" "),
                    it.bake.attest.join(" "),
                )
            })
            .collect();
        let none = String::new;
        assert_eq!(
            told,
            [
                (Some(true), none(), none()),
                (
                    Some(true),
                    "type=registry".to_owned(),
                    "type=provenance,mode=max".to_owned()
                ),
                (None, none(), none()),
            ]
        );
    }
}
