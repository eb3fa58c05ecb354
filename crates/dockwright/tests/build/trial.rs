//! A repository that is built, with images whose names are its own.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::{Repository, Run};

/// Stands for the name of the trial in files, arguments and output.
const NAME: &str = "{name}";

/// How long a test waits for what has to happen. An engine may be slow.
const PATIENCE: Duration = Duration::from_secs(300);

/// The longest that a run may take: one that installs compilers.
const LONGEST_RUN: Duration = Duration::from_secs(1800);

/// A repository, and the engine on which it is built. Its images are removed at the end.
pub struct Trial {
    pub repository: Repository,
    /// What the names of its images begin with.
    name: String,
    variables: BTreeMap<String, String>,
    has_engine: bool,
}

/// A variable of the environment, if what it names is there.
pub fn found(variable: &str, required_by: &str) -> Option<String> {
    let value = env::var(variable).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        let required = env::var(required_by).is_ok_and(|value| value == "1");
        assert!(!required, "{variable} is not set");
        eprintln!("skipped: {variable} is not set (see docs/contributing/engine.md)");
    }
    value
}

/// The docker client, if there is an engine.
pub fn docker() -> Option<String> {
    found("DOCKWRIGHT_DOCKER", "DOCKWRIGHT_REQUIRE_ENGINE")
}

/// The address of the registry, if there is one.
pub fn registry() -> Option<String> {
    found("DOCKWRIGHT_REGISTRY", "DOCKWRIGHT_REQUIRE_REGISTRY")
}

/// The builder that sees no image of the engine, if there is one.
pub fn builder() -> Option<String> {
    found("DOCKWRIGHT_BUILDER", "DOCKWRIGHT_REQUIRE_REGISTRY")
}

impl Trial {
    /// A repository of the files of a text, each of which begins with a line `-- path --`. `{name}`
    /// in it stands for a name that no other trial has. None if there is no engine.
    pub fn new(name: &str, files: &str) -> Option<Self> {
        docker()?;
        let mut trial = Self::without_engine(name, files);
        trial.has_engine = true;
        Some(trial)
    }

    /// The same for what no engine is asked for.
    pub fn without_engine(name: &str, files: &str) -> Self {
        let trial = Self {
            repository: Repository::new(),
            name: format!("{name}-{}", std::process::id()),
            variables: BTreeMap::new(),
            has_engine: false,
        };
        for file in files.split("-- ").skip(1) {
            let (path, text) = file.split_once(" --\n").unwrap();
            trial.write(path, text);
        }
        trial
    }

    /// Sets a variable for everything that is run.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.variables.insert(variable.to_owned(), value.to_owned());
    }

    pub fn write(&self, path: &str, text: &str) {
        self.repository.write(&self.named(path), self.named(text));
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.repository.path(path)
    }

    /// A text with the trial's name.
    pub fn named(&self, text: &str) -> String {
        text.replace(NAME, &self.name)
    }

    /// A text without the trial's name and place.
    pub fn nameless(&self, text: &str) -> String {
        let root = self.repository.root().display().to_string();
        text.replace(&self.name, NAME).replace(&root, "{root}")
    }

    /// Runs `dockwright build` at the root; once more if the engine has lost its connection to
    /// buildx, which happens by chance.
    pub fn build(&self, arguments: &[&str]) -> Run {
        let run = self.start(arguments).end();
        if run.errors.contains("only one connection allowed") {
            return self.start(arguments).end();
        }
        run
    }

    /// Runs `dockwright build`, which must go well.
    pub fn builds(&self, arguments: &[&str]) -> Run {
        let run = self.build(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {run:#?}");
        run
    }

    /// Starts `dockwright build`.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(env!("CARGO_BIN_EXE_dockwright"));
        command.arg("build");
        command.args(arguments.iter().map(|it| self.named(it)));
        Running::new(command)
    }

    /// A program at the root, with the variables.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.repository.root());
        command.env_remove("NO_COLOR").envs(&self.variables);
        command
    }

    /// What a command of the docker client prints; it must go well.
    pub fn docker(&self, arguments: &[&str]) -> String {
        let mut command = self.command(&docker().unwrap());
        command.args(arguments.iter().map(|it| self.named(it)));
        output(command, "")
    }

    /// The text of a file in an image.
    pub fn file(&self, image: &str, path: &str) -> String {
        self.docker(&["run", "--rm", "--network", "none", image, "cat", path])
    }

    /// The trial's images on the engine, sorted.
    pub fn images(&self) -> Vec<String> {
        let all = self.all_images().into_iter();
        let own = all.filter(|image| image.contains(&self.name));
        own.map(|image| self.nameless(&image)).collect()
    }

    /// Every image on the engine, sorted.
    pub fn all_images(&self) -> Vec<String> {
        let mut images = None;
        wait_until("a list of the images", || {
            images = self.try_all_images();
            images.is_some()
        });
        images.unwrap_or_default()
    }

    /// The engine cannot list an image that is just being removed; then there is no list.
    fn try_all_images(&self) -> Option<Vec<String>> {
        let mut list = self.command(&docker()?);
        list.args(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
        let done = list.output().ok().filter(|done| done.status.success())?;
        let text = String::from_utf8(done.stdout).ok()?;
        let mut images: Vec<String> = text.lines().map(str::to_owned).collect();
        images.sort();
        Some(images)
    }

    /// The table at the end of a run, without what no two runs have alike: image, status and
    /// cached steps.
    pub fn table(&self, run: &Run) -> String {
        let rows = self.rows(&run.output).into_iter().skip(1);
        let rows = rows.map(|row| match row.as_slice() {
            [image, status, _, cached, ..] if status == "built" => {
                format!("{image} {status} {cached}\n")
            }
            [image, status, ..] => format!("{image} {status}\n"),
            short => panic!("{short:?}"),
        });
        rows.collect()
    }

    /// The rows of that table of images that are not built from a cache alone. A step that another
    /// one, itself cached, makes needless may not be counted.
    pub fn uncached(&self, run: &Run) -> Vec<String> {
        let table = self.table(run);
        let is_cached = |row: &&str| {
            let steps = row
                .split_once(" built ")
                .and_then(|(_, it)| it.split_once('/'));
            steps.is_some_and(|(cached, all)| cached == all)
        };
        let rows = table.lines().filter(|row| !is_cached(row));
        rows.map(str::to_owned).collect()
    }

    /// The whole row of an image in that table.
    pub fn row(&self, run: &Run, image: &str) -> Vec<String> {
        let mut rows = self.rows(&run.output).into_iter();
        rows.find(|row| row[0] == image).unwrap()
    }

    /// What `--list` lists of targets: name, image and needs.
    pub fn list(&self, run: &Run) -> String {
        let rows = self.rows(&run.output).into_iter();
        rows.map(|row| row.join(" | ") + "\n").collect()
    }

    /// The rows of a table up to the first empty line.
    fn rows(&self, text: &str) -> Vec<Vec<String>> {
        let text = self.nameless(text);
        let rows = text.lines().take_while(|line| !line.is_empty());
        let cells = |row: &str| -> Vec<String> {
            let cells = row
                .split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty());
            cells.map(str::to_owned).collect()
        };
        rows.map(cells).collect()
    }

    /// What was said on standard error, without what is said of every run.
    pub fn said(&self, run: &Run) -> String {
        let lines = run.errors.lines();
        let lines = lines.filter(|line| !line.starts_with("note: the images get no version"));
        lines.map(|line| self.nameless(line) + "\n").collect()
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // What no engine was asked for has no images, and a throw-away engine goes with its own.
        if !self.has_engine || self.variables.contains_key("DOCKER_HOST") {
            return;
        }
        let images = (0..100).find_map(|_| {
            let images = self.try_all_images();
            if images.is_none() {
                thread::sleep(Duration::from_millis(50));
            }
            images
        });
        let images = images.unwrap_or_default().into_iter();
        let own = images.filter(|image| image.contains(&self.name));
        let mut remove = self.command(&docker().unwrap());
        remove.args(["image", "rm", "--force"]).args(own);
        drop(remove.output());
    }
}

/// What a program prints that must go well.
pub fn output(mut command: Command, input: &str) -> String {
    let done = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            child.stdin.take().unwrap().write_all(input.as_bytes())?;
            child.wait_with_output()
        })
        .unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {errors}");
    String::from_utf8(done.stdout).unwrap()
}

/// A run that has not ended.
pub struct Running {
    child: Ending,
    output: JoinHandle<String>,
    errors: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Running {
    fn new(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let output = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let errors = Arc::new(Mutex::new(String::new()));
        let said = Arc::clone(&errors);
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).unwrap() > 0 {
                said.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self {
            child: Ending(child),
            output,
            errors,
            reader,
        }
    }

    /// Waits until a text stands on standard error.
    pub fn wait_for(&mut self, text: &str) {
        wait_until(text, || {
            let said = self.errors.lock().unwrap();
            if said.contains(text) {
                return true;
            }
            let ended = self.child.0.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before it said `{text}`: {said}");
            false
        });
    }

    /// Sends the signal of Ctrl-C.
    pub fn interrupt(&self) {
        let id = self.child.0.id().to_string();
        let done = Command::new("kill").args(["-INT", &id]).status();
        assert!(done.is_ok_and(|status| status.success()));
    }

    /// Waits for the end.
    pub fn end(mut self) -> Run {
        let mut status = None;
        wait(LONGEST_RUN, "the end of the run", || {
            status = self.child.0.try_wait().unwrap();
            status.is_some()
        });
        self.reader.join().unwrap();
        Run {
            code: status.and_then(|status| status.code()).unwrap_or(-1),
            output: self.output.join().unwrap(),
            errors: self.errors.lock().unwrap().clone(),
        }
    }
}

/// A program that does not outlive the test.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Waits until something is so.
pub fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    wait(PATIENCE, what, is_so);
}

fn wait(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited too long for: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The root of Dockwright's own repository.
pub fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
