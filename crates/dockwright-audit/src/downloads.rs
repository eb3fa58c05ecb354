//! What steps download from the web.

use dockwright_syntax::Span;
use dockwright_syntax::shell::{Invocation, Part, RedirectionOperator, Statement, Word};

use crate::steps::{Step, literals};

/// A call of `curl` or `wget`.
pub(crate) struct Download<'a> {
    /// The program.
    pub(crate) program: &'a str,
    /// What it fetches; where the shell puts something in, there is a `$`.
    pub(crate) url: String,
    /// The address as written.
    pub(crate) span: Span,
    /// Where it goes.
    pub(crate) output: Output,
    /// The command.
    pub(crate) statement: &'a Statement,
    /// Its call of the program.
    pub(crate) call: Invocation<'a>,
}

/// Where what is downloaded goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// A file of this name; empty where it is not known.
    File(String),
    /// Standard output.
    Stream,
    /// Nowhere: it is only looked whether it is there.
    Nowhere,
}

/// Options of `curl` whose value is the next word; source: curl(1).
const CURL_VALUES: &[&str] = &[
    "-A",
    "-b",
    "-c",
    "-C",
    "-d",
    "-e",
    "-E",
    "-F",
    "-H",
    "-K",
    "-m",
    "-o",
    "-r",
    "-T",
    "-u",
    "-U",
    "-w",
    "-x",
    "-X",
    "-Y",
    "-y",
    "--cacert",
    "--cert",
    "--connect-timeout",
    "--data",
    "--data-raw",
    "--data-binary",
    "--header",
    "--max-time",
    "--output",
    "--output-dir",
    "--proto",
    "--proto-redir",
    "--request",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--tls-max",
    "--user",
    "--user-agent",
    "--write-out",
    "--ciphers",
    "--tls13-ciphers",
    "--oauth2-bearer",
    "--speed-limit",
    "--speed-time",
];

/// Options of `wget` whose value is the next word; source: wget(1).
const WGET_VALUES: &[&str] = &[
    "-a",
    "-e",
    "-i",
    "-o",
    "-O",
    "-P",
    "-t",
    "-T",
    "-U",
    "-w",
    "--header",
    "--output-document",
    "--directory-prefix",
    "--tries",
    "--timeout",
    "--user-agent",
];

/// What a step downloads, in order.
pub(crate) fn of_step<'a>(step: &'a Step<'a>) -> Vec<Download<'a>> {
    let mut downloads = Vec::new();
    for (invocation, command) in step.invocations() {
        let curl = match invocation.name {
            "curl" => true,
            "wget" => false,
            _ => continue,
        };
        let Some((url, span)) = url(&invocation, curl) else {
            continue;
        };
        let output = output(&invocation, curl, &url, command.statement);
        downloads.push(Download {
            program: invocation.name,
            url,
            span,
            output,
            statement: command.statement,
            call: invocation,
        });
    }
    downloads
}

/// A word with a `$` for all that the shell puts in.
pub(crate) fn outline(word: &Word) -> String {
    let parts = word.parts.iter().map(|part| match part {
        Part::Literal(literal) => literal.value.as_str(),
        _ => "$",
    });
    parts.collect()
}

fn url(invocation: &Invocation<'_>, curl: bool) -> Option<(String, Span)> {
    let valued = if curl { CURL_VALUES } else { WGET_VALUES };
    let mut is_value = false;
    let operands = invocation.arguments().iter().filter(move |word| {
        let was_value = std::mem::take(&mut is_value);
        let text = word.literal.as_deref().unwrap_or_default();
        is_value = valued.contains(&text) || curl && is_cluster(text);
        !was_value && !text.starts_with('-') || text.starts_with("--url=")
    });
    let mut urls = operands.map(|word| (outline(word), word.span));
    urls.find(|(text, _)| {
        let text = text.trim_start_matches("--url=");
        ["http://", "https://", "ftp://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
    })
}

/// Whether a cluster of short options ends in one of `curl` that takes the next word.
fn is_cluster(text: &str) -> bool {
    let is_short = text.len() > 2 && text.starts_with('-') && !text.starts_with("--");
    is_short && text.ends_with(['o', 'H', 'u', 'x', 'X', 'd', 'w', 'm', 'A'])
}

fn output(invocation: &Invocation<'_>, curl: bool, url: &str, statement: &Statement) -> Output {
    let redirection = statement.redirections.iter().find(|redirection| {
        let is_output = matches!(
            redirection.operator,
            RedirectionOperator::Output | RedirectionOperator::Append
        );
        is_output
            && redirection
                .descriptor
                .is_none_or(|descriptor| descriptor == 1)
    });
    let named = |option: &[&str], letter: char| {
        let words = invocation.arguments();
        let at = words.iter().position(|word| {
            let text = word.literal.as_deref().unwrap_or_default();
            let is_cluster = text.len() > 1
                && text.starts_with('-')
                && !text.starts_with("--")
                && text.ends_with(letter);
            option.contains(&text) || is_cluster
        });
        let next = at.and_then(|at| words.get(at + 1)).map(outline);
        next.or_else(|| {
            words.iter().map(outline).find_map(|word| {
                let mut names = option.iter().filter(|name| name.starts_with("--"));
                names.find_map(|name| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
            })
        })
    };
    let has = |names: &[&str], letter: char| {
        literals(invocation.arguments()).any(|word| {
            names.contains(&word)
                || word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
        })
    };
    let own_name = || {
        let path = url.split(['?', '#']).next().unwrap_or(url);
        path.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let explicit = if curl {
        let is_head = has(&["--head"], 'I');
        let explicit = named(&["-o", "--output"], 'o');
        match explicit {
            Some(name) => Some(name),
            None if is_head => return Output::Nowhere,
            None => has(&["--remote-name", "--remote-name-all"], 'O').then(own_name),
        }
    } else {
        if literals(invocation.arguments()).any(|word| word == "--spider") {
            return Output::Nowhere;
        }
        let explicit = named(&["-O", "--output-document"], 'O');
        explicit.or_else(|| {
            // `-O-` in one word.
            let stream = literals(invocation.arguments())
                .any(|word| word.starts_with('-') && word.ends_with("O-"));
            Some(if stream { "-".to_owned() } else { own_name() })
        })
    };
    match explicit.as_deref() {
        Some("/dev/null") => Output::Nowhere,
        Some("-" | "/dev/stdout") | None => match redirection.map(|it| outline(&it.target)) {
            Some(name) if name == "/dev/null" => Output::Nowhere,
            Some(name) => Output::File(name),
            None => Output::Stream,
        },
        Some(name) => Output::File(name.to_owned()),
    }
}
