//! The envelope that a session is stored in.

use serde::Serialize;
use thiserror::Error;

use crate::input::{Given, Reader, Value};

/// The place of the recovery entry in a run state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Entry {
    /// In the entries of the agents.
    Agent,
    /// In the state itself.
    Own,
}

/// The place of the entry of a state, if there is one. `agent` is the entry of the current agent.
///
/// # Errors
///
/// When the state cannot be read.
pub fn entry_of<G: Given>(sandbox: &G, agent: &G) -> Result<Option<Entry>, G::Error> {
    let has = |object: &G, name: &str| match object.field(name)? {
        Some(field) => field.is_truthy(),
        None => Ok(false),
    };
    Ok(if agent.value()? == Value::Absent {
        let is_whole = has(sandbox, "currentAgentKey")? && has(sandbox, "sessionState")?;
        is_whole.then_some(Entry::Own)
    } else {
        has(agent, "sessionState")?.then_some(Entry::Agent)
    })
}

/// The reason why a stored session is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum EnvelopeError {
    #[error("Stored sandbox envelope backend does not match the configured sandbox client")]
    OtherBackend,
    #[error(
        "Sandbox client must implement deserializeSessionState() to resume RunState sandbox state"
    )]
    CannotDeserialize,
}

/// The fields of an envelope that replace those of its provider's state, in this order.
///
/// A field that the envelope lacks keeps the provider's value. The ports of an envelope can be a list of the
/// ports that were asked for. A provider's state has no such list in this field, so the list is left out.
///
/// # Errors
///
/// When the state cannot be read.
pub fn restored_keys<G: Given>(envelope: &G) -> Result<Vec<&'static str>, G::Error> {
    let absent = |object: &G, name: &str| match object.field(name)? {
        Some(field) => field.is_undefined(),
        None => Ok(true),
    };
    let inner = envelope.field("providerState")?;
    let provided = |name: &str| match &inner {
        Some(state) => absent(state, name).map(|is_absent| !is_absent),
        None => Ok(false),
    };
    let mut keys = Vec::new();
    for key in ["manifest", "snapshot", "snapshotFingerprint", "snapshotFingerprintVersion"] {
        // The manifest replaces the provider's even where it is absent.
        if !absent(envelope, key)? || key == "manifest" && !provided(key)? {
            keys.push(key);
        }
    }
    if !absent(envelope, "workspaceReady")? || !provided("workspaceReady")? {
        keys.push("workspaceReady");
    }
    if let Some(ports) = envelope.field("exposedPorts")?
        && ports.is_truthy()?
    {
        let is_list = ports.items(0)?.is_some();
        let is_known = provided("exposedPorts")? || provided("configuredExposedPorts")?;
        if !(is_list && is_known) {
            keys.push("exposedPorts");
        }
    }
    Ok(keys)
}

/// The fields of a client's serialized state that the envelope repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SerializedFacts {
    /// Whether there is a manifest.
    pub has_manifest: bool,
    /// Whether there is a list of the ports that were asked for.
    pub has_configured_ports: bool,
    /// Whether there is a field for the ports.
    pub has_ports: bool,
}

/// The fields that an envelope repeats from its provider's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifted {
    /// Whether it repeats the manifest.
    pub manifest: bool,
    /// The field of the ports.
    pub exposed_ports: Option<PortsKey>,
}

/// A field of a provider's state that has the ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the variants are names of fields")]
pub enum PortsKey {
    ConfiguredExposedPorts,
    ExposedPorts,
}

/// The fields of an envelope beside the provider's state.
#[must_use]
pub fn lift(facts: SerializedFacts) -> Lifted {
    let exposed_ports = if facts.has_configured_ports {
        Some(PortsKey::ConfiguredExposedPorts)
    } else {
        facts.has_ports.then_some(PortsKey::ExposedPorts)
    };
    Lifted { manifest: facts.has_manifest, exposed_ports }
}

/// Checks that a stored entry is of a client's backend.
///
/// # Errors
///
/// When the entry cannot be read; the inner error, when it is of another backend.
pub fn check_entry<G: Given>(
    entry: &Reader<'_, G>,
    client: &Reader<'_, G>,
) -> Result<Result<(), EnvelopeError>, G::Error> {
    let stored = entry.field("backendId")?;
    if stored.is_truthy()? && stored.value()? != client.field("backendId")?.value()? {
        return Ok(Err(EnvelopeError::OtherBackend));
    }
    Ok(Ok(()))
}
