//! Variable expansion in the words of a Dockerfile, as `BuildKit` does it.
//!
//! [`Template::parse`] says which variables a text uses and where; [`expand`], [`expand_words`]
//! and [`expand_heredoc`] put values in and remove quotes. Which of them applies:
//!
//! | text | function |
//! |---|---|
//! | `FROM` with its `--platform`, `ARG`, `ENV`, `LABEL`, `USER`, `WORKDIR`, `VOLUME`, `STOPSIGNAL`, the paths of `COPY` and `ADD`, `--chown`, `--chmod`, `--checksum`, the values of a `--mount` (without `from`) | [`expand`] |
//! | `EXPOSE` | [`expand_words`] |
//! | the body of a here-document of `COPY` and `ADD` whose word is not quoted | [`expand_heredoc`] |
//! | `RUN`, `CMD`, `ENTRYPOINT`, `SHELL`, `HEALTHCHECK`, `ONBUILD`, `MAINTAINER`, `--from`, `--exclude` | none |

mod evaluate;
mod lexer;
mod pattern;
mod refusal;
mod template;

pub(super) use evaluate::raw_words;
pub use evaluate::{Expansion, Words, expand, expand_heredoc, expand_words};
pub use template::{Literal, Modifier, Part, Template, Variable};
