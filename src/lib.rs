//! Records an agent's desktop in a remote sandbox.
//!
//! The core decides what to run on the box and what the answer means. It never runs anything
//! itself: every command goes through the [`shell::Shell`] port, and the caller carries it out.
//! Only `node` knows that the caller is JavaScript.

#[forbid(unsafe_code)]
mod ecmascript;
#[forbid(unsafe_code)]
pub mod flow;
#[forbid(unsafe_code)]
pub mod input;
#[forbid(unsafe_code)]
pub mod payload;
#[forbid(unsafe_code)]
pub mod recording;
#[forbid(unsafe_code)]
pub mod resolution;
#[forbid(unsafe_code)]
pub mod shell;

// napi leaves its exports out of test builds, which would leave everything here unused.
#[cfg(all(feature = "node", not(test)))]
mod node;
