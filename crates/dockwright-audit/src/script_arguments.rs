//! Which words a script takes as its arguments.
//!
//! A script is followed from its first statement with the words that it is given: through `case`,
//! loops over options, `getopts`, `shift`, and functions that are called with `"$@"`. It refuses a
//! word where that leads to an arm that surely ends in failure. Whatever cannot be followed ends
//! the search without a result: no word is called wrong by a guess.

use std::collections::HashMap;

use dockwright_syntax::Span;
use dockwright_syntax::shell::{
    self, Arm, Assignment, Case, Command, Compound, For, Modifier, Node, Script, SimpleCommand,
    Statement, While, Word,
};

/// A word that a script refuses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Which of the words.
    pub(crate) index: usize,
    /// What refuses it.
    pub(crate) place: Span,
    /// The words that are taken in its place, as far as they are said.
    pub(crate) known: Vec<String>,
}

/// The first of `words` that a script refuses; a word that is not known is `None`.
pub(crate) fn refused(script: &Script, words: &[Option<&str>]) -> Option<Refusal> {
    let mut follower = Follower {
        script,
        words,
        at: 0,
        behind_options: None,
        variables: HashMap::new(),
        functions: Vec::new(),
    };
    match follower.statements(&script.statements) {
        End::Refused(refusal) => Some(refusal),
        End::Through | End::Lost => None,
    }
}

/// How some statements end.
enum End {
    /// They are run through.
    Through,
    /// What happens then cannot be said, or has nothing to do with the words.
    Lost,
    /// The script ends in failure because of a word.
    Refused(Refusal),
}

struct Follower<'a, 'w> {
    script: &'a Script,
    words: &'w [Option<&'w str>],
    /// Which word is `$1`.
    at: usize,
    /// Which word is `$1` once `getopts` has read the options and they are shifted away.
    behind_options: Option<usize>,
    /// Variables that hold a word, by their names.
    variables: HashMap<&'a str, usize>,
    /// The functions that the search is in.
    functions: Vec<&'a str>,
}

impl<'a> Follower<'a, '_> {
    fn statements(&mut self, statements: &'a [Statement]) -> End {
        for statement in statements {
            let end = self.statement(statement);
            if !matches!(end, End::Through) {
                return end;
            }
        }
        End::Through
    }

    fn statement(&mut self, statement: &'a Statement) -> End {
        match &statement.command {
            Command::Function(_) => End::Through,
            Command::Simple(command) => self.simple(command),
            Command::Compound(Compound::Case(case)) if self.subject(&case.subject).is_some() => {
                self.case(case)
            }
            Command::Compound(Compound::While(it)) if is_about_words(&it.body) => self.options(it),
            Command::Compound(Compound::For(it)) if runs_through_words(it) => self.each(it),
            Command::Compound(Compound::Group(group)) if !group.subshell => {
                self.statements(&group.body)
            }
            // `shift || true`
            Command::AndOr(chain) if is_shift_statement(&chain.first) => {
                self.statement(&chain.first)
            }
            // A script that looks at its words here may run another program with them.
            _ if changes_words(std::slice::from_ref(statement)) || has_shift(statement) => {
                End::Lost
            }
            _ => End::Through,
        }
    }

    fn simple(&mut self, command: &'a SimpleCommand) -> End {
        for assignment in command.assignments.iter().chain(&command.declarations) {
            self.assign(assignment);
        }
        let name = command.words.first().map(|word| word.literal.as_deref());
        match name {
            None => End::Through,
            Some(Some("shift")) => match shifts(command) {
                Shift::By(count) => {
                    self.at += count;
                    End::Through
                }
                Shift::BehindOptions if self.behind_options.is_some() => {
                    self.at = self.behind_options.take().unwrap_or(self.at);
                    End::Through
                }
                _ => End::Lost,
            },
            Some(Some("exit" | "return" | "exec")) => End::Lost,
            Some(name) => {
                let takes_all = matches!(command.words.get(1..), Some([all]) if is_all(all));
                match name.and_then(|name| self.function(name)) {
                    Some((name, body)) if takes_all && !self.functions.contains(&name) => {
                        self.functions.push(name);
                        let end = self.statements(std::slice::from_ref(body));
                        self.functions.pop();
                        end
                    }
                    _ if command.words.iter().any(is_all) => End::Lost,
                    _ => End::Through,
                }
            }
        }
    }

    fn assign(&mut self, assignment: &'a Assignment) {
        let index = assignment.value.as_ref().and_then(|it| self.subject(it));
        let name = assignment.name.value.as_str();
        match index {
            Some(index) => self.variables.insert(name, index),
            None => self.variables.remove(name),
        };
    }

    fn function(&self, name: &str) -> Option<(&'a str, &'a Statement)> {
        let functions = self.script.functions().into_iter();
        let mut named = functions.filter(|function| function.name.value == name);
        let function = named.next()?;
        Some((&function.name.value, &*function.body))
    }

    /// Which of the words a word of the script stands for, whole or with a default in its place.
    fn subject(&self, word: &Word) -> Option<usize> {
        let mut variables = word.variables();
        let (Some(variable), None) = (variables.next(), variables.next()) else {
            return None;
        };
        let is_whole = matches!(variable.modifier, Modifier::None | Modifier::Default);
        if !is_whole || word.parts.len() != 1 {
            return None;
        }
        match variable.name.value.as_str() {
            "1" => Some(self.at),
            name => self.variables.get(name).copied(),
        }
    }

    /// A `case` that stands alone: what its arms do is not followed.
    fn case(&self, case: &'a Case) -> End {
        let Some(index) = self.subject(&case.subject) else {
            return End::Lost;
        };
        let Some(Some(word)) = self.words.get(index) else {
            return End::Lost;
        };
        match Self::arm(case, word) {
            Some(arm) if self.fails(&arm.body) => self.refusal(index, case, arm),
            // It goes on behind the `case` as if nothing had been asked.
            None if case.arms.iter().all(|arm| patterns(arm).all(is_plain)) => End::Through,
            _ => End::Lost,
        }
    }

    /// A loop that looks at `$1` and shifts it away.
    fn options(&mut self, it: &'a While) -> End {
        if let Some(options) = options_string(&it.condition) {
            return self.getopts(options, it);
        }
        loop {
            let before = self.at;
            let mut own = None;
            let mut shift = 0;
            for statement in &it.body {
                match &statement.command {
                    Command::Compound(Compound::Case(case)) if own.is_none() => own = Some(case),
                    Command::Simple(command) if command.words.is_empty() => {
                        for assignment in &command.assignments {
                            self.assign(assignment);
                        }
                    }
                    // A word is often kept and shifted away before it is looked at.
                    Command::Simple(command) if is_shift(command) => match shifts(command) {
                        Shift::By(count) => shift += count,
                        _ => return End::Lost,
                    },
                    _ if changes_words(std::slice::from_ref(statement)) => return End::Lost,
                    _ => {}
                }
                // What `$1` is must be told before the `case`.
                if own.is_none() && shift > 0 {
                    self.at += std::mem::take(&mut shift);
                }
            }
            let Some(case) = own else { return End::Lost };
            let Some(index) = self.subject(&case.subject) else {
                return End::Lost;
            };
            let word = match self.words.get(index) {
                None => return End::Through,
                Some(None) => return End::Lost,
                Some(Some(word)) => word,
            };
            let Some(arm) = Self::arm(case, word) else {
                return End::Lost;
            };
            if self.fails(&arm.body) {
                return self.refusal(index, case, arm);
            }
            let Some(more) = Self::shifted_by(&arm.body) else {
                return End::Lost;
            };
            self.at += shift + more;
            if leaves(&arm.body, "break") {
                return End::Through;
            }
            // The same word would be looked at for ever.
            if self.at <= before {
                return End::Lost;
            }
        }
    }

    /// A loop over `"$@"`, which sees every word.
    fn each(&mut self, it: &'a For) -> End {
        for index in self.at..self.words.len() {
            self.variables.insert(&it.name.value, index);
            for statement in &it.body {
                let Command::Compound(Compound::Case(case)) = &statement.command else {
                    if changes_words(std::slice::from_ref(statement)) {
                        return End::Lost;
                    }
                    continue;
                };
                let Some(Some(word)) = self
                    .subject(&case.subject)
                    .and_then(|at| self.words.get(at))
                else {
                    return End::Lost;
                };
                match Self::arm(case, word) {
                    Some(arm) if self.fails(&arm.body) => return self.refusal(index, case, arm),
                    Some(arm) if !changes_words(&arm.body) && !leaves(&arm.body, "break") => {}
                    _ => return End::Lost,
                }
            }
        }
        self.variables.remove(it.name.value.as_str());
        End::Through
    }

    /// `while getopts options name; do case $name in …`
    fn getopts(&mut self, options: &str, it: &'a While) -> End {
        let refuses = it.body.iter().find_map(|statement| {
            let Command::Compound(Compound::Case(case)) = &statement.command else {
                return None;
            };
            let arm = Self::arm(case, "?")?;
            self.fails(&arm.body).then_some(arm)
        });
        let takes = |letter: char| options.trim_start_matches(':').contains(letter);
        let has_value = |letter: char| options.contains(&format!("{letter}:"));
        let mut at = self.at;
        'words: while let Some(word) = self.words.get(at) {
            let Some(word) = word else { return End::Lost };
            if *word == "--" {
                at += 1;
                break;
            }
            let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
                break;
            };
            for (place, letter) in letters.char_indices() {
                if letter == ':' || !takes(letter) {
                    return match refuses {
                        Some(arm) => End::Refused(Refusal {
                            index: at,
                            place: arm.span,
                            known: options
                                .chars()
                                .filter(|letter| *letter != ':')
                                .map(|letter| format!("-{letter}"))
                                .collect(),
                        }),
                        None => End::Lost,
                    };
                }
                if has_value(letter) {
                    let is_last = place + letter.len_utf8() == letters.len();
                    at += if is_last { 2 } else { 1 };
                    continue 'words;
                }
            }
            at += 1;
        }
        self.behind_options = Some(at);
        End::Through
    }

    /// The arm that takes a word; `None` when none does, or a pattern cannot be read.
    fn arm(case: &'a Case, word: &str) -> Option<&'a Arm> {
        for arm in &case.arms {
            for pattern in &arm.patterns {
                if matches(pattern.literal.as_deref()?, word)? {
                    return Some(arm);
                }
            }
        }
        None
    }

    fn refusal(&self, index: usize, case: &'a Case, arm: &'a Arm) -> End {
        let word = self.words.get(index).copied().flatten().unwrap_or_default();
        // The refusing arm must be the one for all others, not one for a word that is known.
        let is_general = patterns(arm).any(|pattern| pattern.contains('*'));
        let mut known: Vec<String> = case
            .arms
            .iter()
            .filter(|other| !self.fails(&other.body))
            .flat_map(patterns)
            .filter(|pattern| is_plain(pattern) && !pattern.is_empty())
            .map(str::to_owned)
            .collect();
        let elsewhere = self.asked_for();
        if !is_general || known.is_empty() || elsewhere.iter().any(|known| known == word) {
            return End::Lost;
        }
        known.dedup();
        End::Refused(Refusal {
            index,
            place: arm.span,
            known,
        })
    }

    /// Words that the script compares its arguments with elsewhere: it does something for them too.
    fn asked_for(&self) -> Vec<String> {
        let is_own = |word: &Word| {
            let mut variables = word.variables();
            variables.any(|it| {
                let name = it.name.value.as_str();
                name == "1" || self.variables.contains_key(name)
            })
        };
        let mut found = Vec::new();
        self.script.walk(&mut |node, context| {
            // `$1` of another function is what that is called with.
            if context
                .function
                .is_some_and(|own| !self.functions.contains(&own))
            {
                return;
            }
            let words = match node {
                Node::Simple(command, _) => {
                    let name = command.words.first();
                    let name = name.and_then(|word| word.literal.as_deref());
                    matches!(name, Some("[" | "test")).then_some(command.words.as_slice())
                }
                Node::Statement(statement) => match &statement.command {
                    Command::Compound(Compound::Test(test)) => Some(test.words.as_slice()),
                    _ => None,
                },
                _ => None,
            };
            if let Some(words) = words.filter(|words| words.iter().any(is_own)) {
                found.extend(words.iter().filter_map(|word| word.literal.clone()));
            }
        });
        found
    }

    /// Whether statements surely end the script in failure.
    fn fails(&self, statements: &[Statement]) -> bool {
        self.fails_within(statements, 0)
    }

    fn fails_within(&self, statements: &[Statement], depth: usize) -> bool {
        /// Functions that call functions are followed so far.
        const MAX_DEPTH: usize = 4;
        // What runs something with the words does not refuse them.
        if changes_words(statements) || depth > MAX_DEPTH {
            return false;
        }
        let Some(last) = statements.last() else {
            return false;
        };
        match &last.command {
            Command::Simple(command) => {
                let mut words = command.words.iter().map(|word| word.literal.as_deref());
                match words.next().flatten() {
                    Some("exit") => matches!(words.next(), Some(Some(code)) if code != "0"),
                    Some(name) => self.function(name).is_some_and(|(_, body)| {
                        self.fails_within(std::slice::from_ref(body), depth + 1)
                    }),
                    None => false,
                }
            }
            Command::Compound(Compound::Group(group)) if !group.subshell => {
                self.fails_within(&group.body, depth + 1)
            }
            _ => false,
        }
    }

    /// How many words statements shift away; `None` when that depends.
    fn shifted_by(statements: &[Statement]) -> Option<usize> {
        let mut count = 0;
        for found in shell::commands_in(statements) {
            let name = found.command.words.first();
            match name.and_then(|word| word.literal.as_deref()) {
                Some("shift") => match shifts(found.command) {
                    Shift::By(by) if !found.context.conditional => count += by,
                    _ => return None,
                },
                Some("exit" | "exec" | "set" | "return") => return None,
                // A function has words of its own, and cannot shift these.
                _ if found.command.words.iter().any(is_all) => return None,
                _ => {}
            }
        }
        Some(count)
    }
}

/// What a `shift` takes away.
enum Shift {
    By(usize),
    /// `shift $((OPTIND - 1))`
    BehindOptions,
    Unknown,
}

fn shifts(command: &SimpleCommand) -> Shift {
    let Some(word) = command.words.get(1) else {
        return Shift::By(1);
    };
    let reads_index = |part: &shell::Part| match part {
        shell::Part::Arithmetic(it) => {
            let named = it.reads.iter().any(|name| name.value == "OPTIND");
            let words = it.words.iter().flat_map(Word::variables);
            named || words.into_iter().any(|it| it.name.value == "OPTIND")
        }
        _ => false,
    };
    match word.literal.as_deref().map(str::parse) {
        Some(Ok(count)) => Shift::By(count),
        None if word.parts.iter().any(reads_index) => Shift::BehindOptions,
        _ => Shift::Unknown,
    }
}

fn is_shift_statement(statement: &Statement) -> bool {
    matches!(&statement.command, Command::Simple(command) if is_shift(command))
}

/// Whether words may be shifted away somewhere in a statement.
fn has_shift(statement: &Statement) -> bool {
    let commands = shell::commands_in(std::slice::from_ref(statement));
    commands.iter().any(|found| is_shift(found.command))
}

fn is_shift(command: &SimpleCommand) -> bool {
    let name = command.words.first();
    name.and_then(|word| word.literal.as_deref()) == Some("shift")
}

/// Whether a word is `"$@"` or `$*`.
fn is_all(word: &Word) -> bool {
    let mut variables = word.variables();
    variables.any(|it| matches!(it.name.value.as_str(), "@" | "*"))
}

/// Whether a loop's body tells its words apart.
fn is_about_words(body: &[Statement]) -> bool {
    let is_case = |it: &Statement| matches!(it.command, Command::Compound(Compound::Case(_)));
    body.iter().any(is_case)
}

fn runs_through_words(it: &For) -> bool {
    let all = match &it.words {
        None => true,
        Some(words) => matches!(words.as_slice(), [word] if is_all(word)),
    };
    all && is_about_words(&it.body)
}

/// Whether statements hand the words to another program, or change them.
fn changes_words(statements: &[Statement]) -> bool {
    shell::commands_in(statements).iter().any(|found| {
        let words = &found.command.words;
        let name = words.first().map(|word| word.literal.as_deref());
        let takes_all = words.iter().any(is_all);
        match name {
            Some(Some("set")) => words.len() > 1 && (takes_all || is_separator(words.get(1))),
            Some(Some("exec") | None) => takes_all,
            _ => false,
        }
    })
}

fn is_separator(word: Option<&Word>) -> bool {
    word.and_then(|word| word.literal.as_deref()) == Some("--")
}

/// Whether statements have a command of this name that is always reached.
fn leaves(statements: &[Statement], command: &str) -> bool {
    shell::commands_in(statements).iter().any(|found| {
        let name = found.command.words.first();
        !found.context.conditional && name.and_then(|word| word.literal.as_deref()) == Some(command)
    })
}

/// The options of a `getopts` that is the condition of a loop.
fn options_string(condition: &[Statement]) -> Option<&str> {
    let [statement] = condition else { return None };
    let Command::Simple(command) = &statement.command else {
        return None;
    };
    let mut words = command.words.iter().map(|word| word.literal.as_deref());
    (words.next()? == Some("getopts")).then(|| words.next().flatten())?
}

fn patterns(arm: &Arm) -> impl Iterator<Item = &str> {
    let patterns = arm.patterns.iter();
    patterns.map(|pattern| pattern.literal.as_deref().unwrap_or("*"))
}

/// Whether a pattern stands for one word.
fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '['])
}

/// Whether a pattern of a `case` takes a word; `None` when it has parts that are not read here.
fn matches(pattern: &str, word: &str) -> Option<bool> {
    let pattern = pattern.replace("\\?", "\u{1}");
    if pattern.contains(['[', '\\', '(']) {
        return None;
    }
    // `\?` is the letter that `getopts` gives for an unknown option.
    let pattern: Vec<char> = pattern.chars().collect();
    let word: Vec<char> = word.chars().collect();
    // Each row says which beginnings of the word a beginning of the pattern takes.
    let mut row: Vec<bool> = std::iter::once(true)
        .chain(word.iter().map(|_| false))
        .collect();
    for letter in &pattern {
        let mut next = vec![false; row.len()];
        let mut any = false;
        for (at, slot) in next.iter_mut().enumerate() {
            let here = row.get(at).copied().unwrap_or_default();
            let before = at.checked_sub(1);
            let was = before.and_then(|before| row.get(before)).copied() == Some(true);
            let own = before.and_then(|before| word.get(before));
            any |= here;
            *slot = match letter {
                '*' => any,
                '?' => was,
                '\u{1}' => was && own == Some(&'?'),
                letter => was && own == Some(letter),
            };
        }
        row = next;
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use dockwright_syntax::shell::Dialect;

    use super::*;

    /// Which word a script refuses, and what it takes in its place.
    fn check(script: &str, words: &[&str]) -> String {
        let script = shell::parse(script, Dialect::Bash);
        let words: Vec<Option<&str>> = words.iter().map(|word| Some(*word)).collect();
        match refused(&script, &words) {
            None => String::new(),
            Some(it) => format!(
                "{} ({})",
                words[it.index].unwrap_or_default(),
                it.known.join(" ")
            ),
        }
    }

    #[test]
    fn a_loop_of_options_takes_their_values() {
        let script = "\
while [ $# -gt 0 ]; do
  case \"$1\" in
    --port|-p) port=\"$2\"; shift 2 ;;
    --name=*) name=${1#*=}; shift ;;
    --debug) debug=1; shift ;;
    --) shift; break ;;
    -*) echo \"unknown $1\" >&2; exit 1 ;;
    *) break ;;
  esac
done
exec server \"$@\"
";
        assert_eq!(check(script, &["--port", "--prot", "--name=x", "run"]), "");
        assert_eq!(check(script, &["--debug", "--", "--prot"]), "");
        assert_eq!(
            check(script, &["--debug", "--prot", "80"]),
            "--prot (--port -p --debug --)"
        );
    }

    #[test]
    fn the_shift_may_stand_behind_the_case_or_before_it() {
        let behind = "while (( $# )); do case $1 in -v) v=1 ;; *) die ;; esac; shift; done\ndie() { echo no; exit 2; }";
        assert_eq!(check(behind, &["-v", "-v"]), "");
        assert_eq!(check(behind, &["-v", "-x"]), "-x (-v)");
        let before =
            "while [ -n \"$1\" ]; do arg=$1; shift; case $arg in -v) ;; *) exit 1 ;; esac; done";
        assert_eq!(check(before, &["-v", "-x"]), "-x (-v)");
        let each = "for arg; do case $arg in -v) ;; *) exit 1 ;; esac; done";
        assert_eq!(check(each, &["-v", "-x"]), "-x (-v)");
    }

    #[test]
    fn a_shift_may_be_let_fail() {
        let script = "c=$1\nshift || true\nwhile [ $# -gt 0 ]; do case $1 in -v) shift ;; *) exit 2 ;; esac; done\ncase $c in run) ;; *) exit 1 ;; esac";
        assert_eq!(check(script, &["run", "-v"]), "");
        assert_eq!(check(script, &["run", "-x"]), "-x (-v)");
        assert_eq!(check(script, &["walk", "-v"]), "walk (run)");
        let depends = "[ -n \"$X\" ] && shift\ncase $1 in run) ;; *) exit 1 ;; esac";
        assert_eq!(check(depends, &["walk", "run"]), "");
    }

    #[test]
    fn getopts_knows_its_letters() {
        let script = "while getopts ':ab:' opt; do case $opt in a) a=1 ;; b) b=$OPTARG ;; \\?) exit 1 ;; esac; done\nshift $((OPTIND - 1))\ncase $1 in run) ;; *) exit 2 ;; esac";
        assert_eq!(check(script, &["-ab", "x", "run"]), "");
        assert_eq!(check(script, &["-abx", "-c"]), "-c (-a -b)");
        assert_eq!(check(script, &["-a", "walk"]), "walk (run)");
    }

    #[test]
    fn functions_are_followed_when_they_get_all_words() {
        let script = "main() { case \"$1\" in a) ;; *) exit 1 ;; esac; }\nmain \"$@\"";
        assert_eq!(check(script, &["b"]), "b (a)");
        let part = "one() { case \"$1\" in a) ;; *) exit 1 ;; esac; }\none x";
        assert_eq!(check(part, &["b"]), "");
    }

    #[test]
    fn what_cannot_be_followed_is_left_alone() {
        for script in [
            "if [ \"${1#-}\" != \"$1\" ]; then set -- server \"$@\"; fi\ncase $1 in a) ;; *) exit 1 ;; esac",
            "[ -x \"$1\" ] && exec \"$@\"\ncase $1 in a) ;; *) exit 1 ;; esac",
            "case $1 in a) ;; *) exec \"$@\"; exit 1 ;; esac",
            "case $1 in a) ;; *) echo no; exit 0 ;; esac",
            "case $1 in [a-z]) ;; *) exit 1 ;; esac",
            "[ \"$1\" = b ] && echo b\ncase $1 in a) ;; *) exit 1 ;; esac",
            "while :; do case $1 in a) ;; esac; done",
        ] {
            assert_eq!(check(script, &["a", "b"]), "", "{script}");
            assert_eq!(check(script, &["b"]), "", "{script}");
        }
        let depends =
            "while [ $# -gt 0 ]; do case $1 in a) [ x ] && shift; shift ;; *) exit 1 ;; esac; done";
        assert_eq!(check(depends, &["a", "b"]), "");
    }

    #[test]
    fn patterns_are_those_of_the_shell() {
        assert_eq!(matches("--name=*", "--name=x"), Some(true));
        assert_eq!(matches("a?c*", "abcd"), Some(true));
        assert_eq!(matches("a?c", "ac"), Some(false));
        assert_eq!(matches("\\?", "?"), Some(true));
        assert_eq!(matches("\\?", "x"), Some(false));
        assert_eq!(matches("[ab]", "a"), None);
    }
}
