//! Look-ups and checks of the caller's table. The table is a JavaScript object that callers may change,
//! so it is read in place, and only the fields that a question needs.

use thiserror::Error;

use super::SandboxBackend;
use crate::input::{Given, Reader, Value};

/// The fields of a [`CapabilityDescriptor`] that negotiation reads.
///
/// [`CapabilityDescriptor`]: super::CapabilityDescriptor
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub struct Row {
    /// Whether the tier is `headless`.
    pub headless: bool,
    /// The names of the operating systems that a box can have.
    pub systems: Vec<String>,
    /// The path of the workspace on the box.
    pub workspace_root: String,
    /// Whether files are available.
    pub files: bool,
    /// Whether files can only be read.
    pub files_read_only: bool,
    /// Whether a terminal is available.
    pub terminal: bool,
    /// Whether the terminal can be a pseudo-terminal.
    pub pty: bool,
    /// Whether Git is available.
    pub git: bool,
    /// Whether a desktop is available.
    pub desktop: bool,
    /// The transport of the desktop's stream.
    pub desktop_transport: Option<String>,
    /// Whether the desktop can be recorded.
    pub recording: bool,
}

impl Row {
    /// Reads a row.
    ///
    /// # Errors
    ///
    /// When a field that negotiation needs is missing or has another type.
    pub fn read<G: Given>(row: &Reader<'_, G>) -> Result<Self, G::Error> {
        let can = row.field("capabilities")?;
        let (files, terminal) = (can.field("FileSystem")?, can.field("Terminal")?);
        let desktop = can.field("DesktopStream")?;
        let (root, transport) = (row.field("workspaceRoot")?, desktop.field("transport")?);
        let available = |capability: &Reader<'_, G>| capability.field("available")?.is_truthy();
        Ok(Self {
            headless: row.field("tier")?.text()?.as_deref() == Some("headless"),
            systems: systems(row)?,
            workspace_root: match root.text()? {
                Some(path) => path,
                None => return Err(root.refusal("a string")?),
            },
            files: available(&files)?,
            files_read_only: files.field("readOnly")?.is_truthy()?,
            terminal: available(&terminal)?,
            pty: terminal.field("pty")?.is_truthy()?,
            git: available(&can.field("Git")?)?,
            desktop: available(&desktop)?,
            desktop_transport: match transport.value()? {
                Value::Absent => None,
                Value::Text(transport) => Some(transport),
                _ => return Err(transport.refusal("a string or null")?),
            },
            recording: available(&can.field("Recording")?)?,
        })
    }
}

/// The table has no row for this backend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Unknown sandbox backend \"{0}\"")]
pub struct UnknownBackend(pub String);

/// A violation of an invariant of the table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RegistryError {
    #[error("No CapabilityDescriptor for backend \"{0}\"")]
    Missing(SandboxBackend),
    #[error("Descriptor.backend mismatch for \"{backend}\" (got \"{got}\")")]
    Mismatch { backend: SandboxBackend, got: String },
    #[error("\"{0}\" claims DesktopStream but portExposure.kind=none")]
    DesktopWithoutPort(SandboxBackend),
    #[error("\"{0}\" claims DesktopStream but transport is null")]
    DesktopWithoutTransport(SandboxBackend),
    #[error(
        "\"{backend}\" Recording.available ({recording}) must equal DesktopStream.available \
         ({desktop})"
    )]
    RecordingUnlikeDesktop { backend: SandboxBackend, recording: bool, desktop: bool },
    #[error("\"{0}\" persistable but snapshot.kind=none")]
    PersistableWithoutSnapshot(SandboxBackend),
    #[error("\"{backend}\" claims nativeBucketMount on tier={tier}")]
    BucketMount { backend: SandboxBackend, tier: String },
}

/// Whether an operating system is one of a row's. Any name is compared, as a caller's row may have other
/// systems than [`SandboxOs`](super::SandboxOs).
///
/// # Errors
///
/// When the row has no list of systems.
pub fn supports_os<G: Given>(row: &Reader<'_, G>, os: &Reader<'_, G>) -> Result<bool, G::Error> {
    let (systems, os) = (systems(row)?, os.text()?);
    Ok(os.is_some_and(|os| systems.contains(&os)))
}

fn systems<G: Given>(row: &Reader<'_, G>) -> Result<Vec<String>, G::Error> {
    row.field("os")?.field("supported")?.texts()
}

/// Whether the boxes of a backend have a desktop. The backend is that of `row`, else the first whose
/// `backendId` is `name` in a list of `{ backendId, row }`.
///
/// # Errors
///
/// When the row lacks the field.
pub fn desktop_capable<G: Given>(row: G, clients: Vec<G>, name: &G) -> Result<bool, G::Error> {
    let by_client = |name: &Value| {
        for client in clients {
            if let Some(id) = client.field("backendId")?
                && id.value()? == *name
            {
                return client.field("row");
            }
        }
        Ok(None)
    };
    let found = match name.value()? {
        _ if row.is_truthy()? => Some(row),
        name @ Value::Text(_) => by_client(&name)?,
        _ => None,
    };
    let Some(row) = found else { return Ok(false) };
    let row = Reader::named("descriptor", row);
    row.field("capabilities")?.field("DesktopStream")?.field("available")?.is_truthy()
}

/// Checks the invariants of a table. Returns the first violation: a backend without a row, or a row that
/// contradicts itself.
///
/// # Errors
///
/// When a row lacks a field that the check needs.
pub fn check<G: Given>(table: &G) -> Result<Option<RegistryError>, G::Error> {
    for backend in SandboxBackend::ALL {
        let violation = match table.field(&backend.to_string())? {
            Some(row) if row.is_truthy()? => {
                let name = format!("CAPABILITY_DESCRIPTORS.{backend}");
                violation(backend, &Reader::named(&name, row))?
            }
            _ => Some(RegistryError::Missing(backend)),
        };
        if violation.is_some() {
            return Ok(violation);
        }
    }
    Ok(None)
}

fn violation<G: Given>(
    backend: SandboxBackend,
    row: &Reader<'_, G>,
) -> Result<Option<RegistryError>, G::Error> {
    let kind = |of: &str| {
        let kind = row.field(of)?.field("kind")?.text()?;
        Ok::<_, G::Error>(kind.as_deref() == Some("none"))
    };
    let name = row.field("backend")?;
    if name.text()? != Some(backend.to_string()) {
        return Ok(Some(RegistryError::Mismatch { backend, got: name.spelled()? }));
    }
    let can = row.field("capabilities")?;
    let stream = can.field("DesktopStream")?;
    let desktop = stream.field("available")?.is_truthy()?;
    let recording = can.field("Recording")?.field("available")?.is_truthy()?;
    if desktop && kind("portExposure")? {
        return Ok(Some(RegistryError::DesktopWithoutPort(backend)));
    }
    if desktop && stream.field("transport")?.value()? == Value::Absent {
        return Ok(Some(RegistryError::DesktopWithoutTransport(backend)));
    }
    if desktop != recording {
        return Ok(Some(RegistryError::RecordingUnlikeDesktop { backend, recording, desktop }));
    }
    if row.field("persistable")?.is_truthy()? && kind("snapshot")? {
        return Ok(Some(RegistryError::PersistableWithoutSnapshot(backend)));
    }
    if row.field("nativeBucketMount")?.is_truthy()?
        && let Some(tier) = row.field("tier")?.text()?
        && (tier == "dev" || tier == "none")
    {
        return Ok(Some(RegistryError::BucketMount { backend, tier }));
    }
    Ok(None)
}
