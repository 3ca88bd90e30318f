//! The Node addon: exports and conversions, without decisions.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an export takes owned arguments, one for each of its JavaScript arguments"
)]

mod image;
mod memory;
mod operation;
mod payload;
mod pool;
mod resolution;
mod slots;
mod value;
mod wire;

use napi_derive::napi;

/// The version of the binary. `native.js` refuses a binary of another version than its own.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
