//! Which packages an image has.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use dockwright_environment::reference::ImageReference;

use crate::ask::ask;

/// Versions of packages by their names, for each package manager.
pub type Packages = BTreeMap<String, BTreeMap<String, String>>;

/// Asks every package manager for what is installed; those that are not there say nothing. Source: dpkg-query(1),
/// apk-info(8), rpm(8), and the help of `pip list`, `npm ls` and `gem list`.
const SCRIPT: &str = r"
exec 2>/dev/null
echo '-- apt'; dpkg-query -W -f='${db:Status-Status} ${Package}=${Version}\n'
echo '-- apk'; apk info -v
echo '-- rpm'; rpm -qa --qf '%{NAME}=%{VERSION}-%{RELEASE}\n'
echo '-- pip'; python3 -m pip list --format=freeze || pip list --format=freeze
echo '-- npm'; npm ls --global --depth=0 --parseable --long
echo '-- gem'; gem list --local
exit 0
";

/// The packages of an image that the engine has. A container of it is run for a moment, without network; nothing is
/// pulled.
///
/// The error is why it is not known, as one clause.
pub fn installed(docker: &Path, image: &ImageReference) -> Result<Packages, String> {
    let mut command = Command::new(docker);
    command.args([
        "run",
        "--rm",
        "--pull",
        "never",
        "--network",
        "none",
        "--entrypoint",
        "sh",
    ]);
    command.arg(image.to_string()).args(["-c", SCRIPT]);
    Ok(read(&ask(command)?))
}

fn read(answer: &str) -> Packages {
    let mut packages = Packages::new();
    let mut manager = "";
    for line in answer.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("-- ") {
            manager = name;
            continue;
        }
        let Some((name, version)) = package(manager, line) else {
            continue;
        };
        let managers: &[&str] = match manager {
            "rpm" => &["dnf", "zypper"],
            _ => &[manager],
        };
        for manager in managers {
            let all = packages.entry((*manager).to_owned()).or_default();
            all.insert(name.to_owned(), version.to_owned());
        }
    }
    packages
}

/// The package and the version of a line, as each package manager writes them.
fn package<'a>(manager: &str, line: &'a str) -> Option<(&'a str, &'a str)> {
    match manager {
        "apt" => line.strip_prefix("installed ")?.split_once('='),
        // `musl-utils-1.2.5-r9`
        "apk" => {
            let (start, _) = line.rsplit_once("-r")?;
            let (name, _) = start.rsplit_once('-')?;
            Some((name, line.get(name.len() + 1..)?))
        }
        "rpm" => line.split_once('='),
        "pip" => line.split_once("=="),
        // `/usr/lib/node_modules/typescript:typescript@5.9.2`
        "npm" => {
            let (_, package) = line.split_once(':')?;
            let (name, version) = package.split(':').next()?.rsplit_once('@')?;
            (!name.is_empty()).then_some((name, version))
        }
        // `bigdecimal (3.1.9, default: 3.1.8)`
        "gem" => {
            let (name, versions) = line.strip_suffix(')')?.split_once(" (")?;
            let first = versions.split(',').next()?.trim();
            let version = first.strip_prefix("default: ").unwrap_or(first);
            Some((name, version.split(' ').next()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_manager_writes_its_packages_in_its_own_way() {
        let packages = read(
            "\
-- apt
installed curl=8.14.1-2
config-files vim=9
-- apk
musl-utils-1.2.5-r9
-- rpm
bash=5.2.37-1.fc42
-- pip
Flask==3.1.1
-- npm
/usr/lib
/usr/lib/node_modules/@vue/cli:@vue/cli@5.0.8:undefined
-- gem
bigdecimal (3.1.9, default: 3.1.8)
json (default: 2.9.1)
",
        );
        let lines = packages.iter().flat_map(|(manager, packages)| {
            let packages = packages.iter();
            packages.map(move |(name, version)| format!("{manager} {name} {version}\n"))
        });
        insta::assert_snapshot!(lines.collect::<String>(), @"
        apk musl-utils 1.2.5-r9
        apt curl 8.14.1-2
        dnf bash 5.2.37-1.fc42
        gem bigdecimal 3.1.9
        gem json 2.9.1
        npm @vue/cli 5.0.8
        pip Flask 3.1.1
        zypper bash 5.2.37-1.fc42
        ");
    }
}
