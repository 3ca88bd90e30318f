//! The Node addon: conversions and exports. Nothing is decided here.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an export takes owned arguments, one for each of its JavaScript arguments"
)]

mod capabilities;
mod end;
mod flow;
mod json;
mod memory;
mod payload;
mod pool;
mod provider;
mod recording;
mod resolution;
mod selfhosted;
mod slots;
mod value;
mod wire;
