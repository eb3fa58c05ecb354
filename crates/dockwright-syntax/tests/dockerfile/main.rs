//! The Dockerfile parser, seen from outside.
#![allow(clippy::unwrap_used, clippy::panic)]

mod corpus;
mod expansion;
mod expressions;
mod limits;
mod properties;
mod spans;
mod tree;
