//! Capabilities. What is plain data crosses as JSON text, both ways.

use napi::Result;
use napi_derive::napi;

use super::json::{parse, text};
use crate::capabilities::{self, DescriptorTable, Registry, UnknownBackend};
use crate::selfhosted;

/// For how many milliseconds an agent that does not answer may be on its way back.
#[napi]
pub const SELFHOSTED_RECONNECT_WINDOW_MS: u32 = selfhosted::RECONNECT_WINDOW_MS;

/// Where a terminal is streamed on the box.
#[napi]
pub const TERMINAL_STREAM_PORT: u16 = capabilities::TERMINAL_STREAM_PORT;

/// The table of backends: `CapabilityDescriptor` by backend.
#[napi(catch_unwind)]
pub fn capability_descriptors() -> Result<String> {
    text(&DescriptorTable)
}

/// The message for a backend that the table has no row for.
#[napi(catch_unwind)]
pub fn unknown_backend(backend: String) -> String {
    UnknownBackend(backend).to_string()
}

/// Whether an operating system is among those supported.
#[napi(catch_unwind)]
pub fn backend_supports_os(supported: Vec<String>, os: String) -> bool {
    capabilities::supports_os(supported, os)
}

/// Whether a backend has a desktop, by the entries of the table.
#[napi(catch_unwind)]
pub fn desktop_capable_backend(table: String, id_or_backend: String) -> Result<bool> {
    Ok(parse::<Registry>(&table)?.desktop_capable(&id_or_backend))
}

/// What is wrong with the entries of the table, if anything is.
#[napi(catch_unwind)]
pub fn descriptor_registry_violation(table: String) -> Result<Option<String>> {
    Ok(parse::<Registry>(&table)?.check().err().map(|error| error.to_string()))
}

/// The cells of a session, by its backend's row.
#[napi(catch_unwind)]
pub fn negotiate_capabilities(row: String, context: String) -> Result<String> {
    text(&capabilities::negotiate(&parse(&row)?, &parse(&context)?))
}

/// How an enrolled machine is to be had.
#[napi(catch_unwind)]
pub fn selfhosted_liveness(input: String) -> Result<String> {
    text(&selfhosted::liveness(&parse(&input)?))
}

/// The cells of a session on an enrolled machine, by its backend's row.
#[napi(catch_unwind)]
pub fn negotiate_selfhosted_capabilities(row: String, input: String) -> Result<String> {
    text(&selfhosted::negotiate(&parse(&row)?, &parse(&input)?))
}
