//! Files, git and terminals of one live session: what its commands print, and what that means.
//!
//! Everything here is a function of texts. A result borrows of the text that it was read from, and
//! serializes to the JSON of the contract. Where much is found in a text, an outline ([`status::outline`]
//! and its like) crosses to JavaScript instead.

pub mod banner;
pub mod collation;
pub mod listing;
pub mod log;
pub mod numstat;
mod outline;
pub mod patch;
pub mod path;
pub mod status;
