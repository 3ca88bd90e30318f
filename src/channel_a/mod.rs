//! Files, git and terminals of one live session.
//!
//! A service runs commands on the session ([`Workspace`]), and each answer proves that it is complete. The
//! parsers are pure functions. Their results borrow from the text, and serialize to the JSON of the responses.
//! For long texts, an outline crosses to JavaScript instead, such as [`status::outline`].

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
