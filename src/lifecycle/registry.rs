//! The invariants of the registry of providers.

use thiserror::Error;

use crate::capabilities::SandboxBackend;
use crate::input::{Given, Reader, Value};

/// A fault of a registration, or of its client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ProviderViolation {
    #[error("PROVIDER_REGISTRY[\"{backend}\"].backend mismatch (got \"{got}\")")]
    Backend { backend: SandboxBackend, got: String },
    #[error("PROVIDER_REGISTRY[\"{backend}\"].descriptor.backend mismatch (got \"{got}\")")]
    DescriptorBackend { backend: SandboxBackend, got: String },
    #[error("\"none\" descriptor.backendId must be \"none\" (got \"{got}\")")]
    NoneId { got: String },
    #[error("Provider \"{0}\" SDK client has no string backendId")]
    NoClientId(SandboxBackend),
    #[error(
        "Provider \"{backend}\" backendId mismatch: descriptor.backendId=\"{descriptor}\" but SDK \
         client.backendId=\"{client}\""
    )]
    ClientId { backend: SandboxBackend, descriptor: String, client: String },
}

/// The first fault of a registration, if any.
///
/// # Errors
///
/// When its fields cannot be read.
pub fn registration_violation<G: Given>(
    backend: SandboxBackend,
    registration: &Reader<'_, G>,
) -> Result<Option<ProviderViolation>, G::Error> {
    let name = registration.field("backend")?;
    if name.text()? != Some(backend.to_string()) {
        return Ok(Some(ProviderViolation::Backend { backend, got: name.spelled()? }));
    }
    let descriptor = registration.field("descriptor")?;
    let name = descriptor.field("backend")?;
    if name.text()? != Some(backend.to_string()) {
        return Ok(Some(ProviderViolation::DescriptorBackend { backend, got: name.spelled()? }));
    }
    let id = descriptor.field("backendId")?;
    if backend == SandboxBackend::None && id.text()?.as_deref() != Some("none") {
        return Ok(Some(ProviderViolation::NoneId { got: id.spelled()? }));
    }
    Ok(None)
}

/// The first fault of a registration's client, if any.
///
/// # Errors
///
/// When its fields cannot be read.
pub fn client_violation<G: Given>(
    backend: SandboxBackend,
    registration: &Reader<'_, G>,
    client: &Reader<'_, G>,
) -> Result<Option<ProviderViolation>, G::Error> {
    let id = client.field("backendId")?.value()?;
    let Value::Text(client) = id else { return Ok(Some(ProviderViolation::NoClientId(backend))) };
    let descriptor = registration.field("descriptor")?.field("backendId")?.spelled()?;
    Ok((client != descriptor).then_some(ProviderViolation::ClientId {
        backend,
        descriptor,
        client,
    }))
}
