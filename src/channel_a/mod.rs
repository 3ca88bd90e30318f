//! Files, git and terminals of one live session: what its commands print, and what that means.
//!
//! A service asks a session by commands of its own ([`Workspace`]), each of which shows that its answer is
//! all of it. What a text means is a function of the text: a result borrows of the text that it was read
//! from, and serializes to the JSON of the contract. Where much is found in a text, an outline
//! ([`status::outline`] and its like) crosses to JavaScript instead.

pub mod banner;
mod base64;
pub mod collation;
mod error;
mod files;
pub mod git;
pub mod listing;
pub mod log;
pub mod numstat;
mod outline;
pub mod patch;
pub mod path;
mod place;
mod runner;
pub mod status;
pub mod terminal;
mod tree;
mod workspace;

pub use error::ServiceError;
pub use files::{
    Changed, Delete, Encoding, FileContent, Mkdir, Move, Read, Write, Written, delete, mkdir,
    move_to, read, write,
};
pub use git::{GitDiff, GitLog, GitShow, GitStatus, Repository};
pub use place::{Root, check_options};
pub use terminal::{OpenedPty, TerminalResult};
pub use tree::{List, Listed, list};
pub use workspace::{
    Capabilities, Event, Features, NativeRead, Output, Place, Revision, Workspace,
};
