//! Capabilities. What callers pass is read where it is; what comes of it is JSON text.

use napi::Result;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::json::text;
use super::value::{Unread, read};
use crate::capabilities::{self, DescriptorTable, NegotiationContext, Row, UnknownBackend};
use crate::input::Reader;
use crate::selfhosted::{self, LivenessInput, SelfhostedInput};

/// The table of backends: `CapabilityDescriptor` by backend.
#[napi(catch_unwind)]
pub fn capability_descriptors() -> Result<String> {
    text(&DescriptorTable)
}

/// What a row is called where it is refused.
const DESCRIPTOR: &str = "descriptor";

/// The message for a backend that the table has no row for.
#[napi(catch_unwind)]
pub fn unknown_backend(backend: Unknown) -> Result<String> {
    let backend = Reader::argument("backend", backend);
    read(backend.spelled().map(|backend| UnknownBackend(backend).to_string()))
}

/// Whether an operating system is among those of a row.
#[napi(catch_unwind)]
pub fn backend_supports_os(descriptor: Unknown, os: Unknown) -> Result<String> {
    let descriptor = Reader::named(DESCRIPTOR, descriptor);
    read(capabilities::supports_os(&descriptor, &Reader::argument("os", os)))
}

/// Whether a backend has a desktop, by its row, or by the client's name in one of the rows.
#[napi(catch_unwind)]
pub fn desktop_capable_backend(
    row: Unknown,
    rows: Vec<Unknown>,
    id_or_backend: Unknown,
) -> Result<String> {
    read(capabilities::desktop_capable(row, rows, &id_or_backend))
}

/// What is wrong with the table, if anything is.
#[napi(catch_unwind)]
pub fn descriptor_registry_violation(table: Unknown) -> Result<String> {
    read(capabilities::check(&table).map(|violation| violation.map(|error| error.to_string())))
}

/// The cells of a session, by its backend's row.
#[napi(catch_unwind)]
pub fn negotiate_capabilities(row: Unknown, context: Unknown, now: Unknown) -> Result<String> {
    let negotiated = || {
        let row = Row::read(&Reader::named(DESCRIPTOR, row))?;
        let context = Reader::argument("ctx", context);
        let context = NegotiationContext::read(&context, &Reader::argument("now", now))?;
        Ok::<_, Unread>(capabilities::negotiate(&row, &context))
    };
    read(negotiated())
}

/// How an enrolled machine is to be had.
#[napi(catch_unwind)]
pub fn selfhosted_liveness(machine: Unknown) -> Result<String> {
    let input = LivenessInput::read(&Reader::argument("i", machine));
    read(input.map(|input| selfhosted::liveness(&input)))
}

/// The cells of a session on an enrolled machine, by its backend's row.
#[napi(catch_unwind)]
pub fn negotiate_selfhosted_capabilities(
    row: Unknown,
    input: Unknown,
    machine: Unknown,
) -> Result<String> {
    let negotiated = || {
        let row = Row::read(&Reader::named(DESCRIPTOR, row))?;
        let (input, machine) = (Reader::argument("i", input), Reader::argument("i", machine));
        let input = SelfhostedInput::read(&input, &machine)?;
        Ok::<_, Unread>(selfhosted::negotiate(&row, &input))
    };
    read(negotiated())
}
