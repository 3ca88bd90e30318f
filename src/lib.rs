//! Records an agent's desktop in a remote sandbox, routes operations to the active sandbox, reaches
//! machines that users enrol themselves, and tells what a sandbox can do and how it comes and goes.
//!
//! The core decides what to run on the box and what the answer means, and which backend an
//! operation runs on. It performs nothing itself: commands go through the [`shell::Shell`] port, and
//! the caller carries them out. Only `node` knows that the caller is JavaScript.

#[forbid(unsafe_code)]
pub mod boundary;
#[forbid(unsafe_code)]
pub mod capabilities;
#[forbid(unsafe_code)]
pub mod channel_a;
#[forbid(unsafe_code)]
pub mod container;
#[forbid(unsafe_code)]
mod ecmascript;
#[forbid(unsafe_code)]
pub mod flow;
#[forbid(unsafe_code)]
pub mod input;
#[forbid(unsafe_code)]
pub mod launch;
pub mod lifecycle;
#[forbid(unsafe_code)]
pub mod payload;
#[forbid(unsafe_code)]
pub mod provider;
#[forbid(unsafe_code)]
pub mod recording;
#[forbid(unsafe_code)]
pub mod resolution;
#[forbid(unsafe_code)]
pub mod selfhosted;
#[forbid(unsafe_code)]
pub mod shell;
#[forbid(unsafe_code)]
pub mod stream;

// napi leaves its exports out of test builds, so everything in this module would be unused there.
#[cfg(all(feature = "node", not(test)))]
mod node;
