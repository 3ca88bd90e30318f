//! The Node addon: conversions and exports. Nothing is decided here.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an export takes owned arguments, one for each of its JavaScript arguments"
)]

mod image;
mod json;
mod memory;
mod operation;
mod payload;
mod pool;
mod resolution;
mod slots;
mod value;
mod wire;

use napi_derive::napi;

/// The version of the binary. The JavaScript beside it has the same one, or does not use it.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
