//! The table as the caller has it. It is an object that callers may change, so what is looked up
//! and checked is theirs, and of a row no more is read than a question needs.

use thiserror::Error;

use super::SandboxBackend;
use crate::input::{Given, Reader, Value};

/// What negotiation reads of a row. The whole of it is [`CapabilityDescriptor`].
///
/// [`CapabilityDescriptor`]: super::CapabilityDescriptor
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub struct Row {
    /// Whether boxes are without a desktop by their tier.
    pub headless: bool,
    /// The operating systems that a box can have.
    pub systems: Vec<String>,
    /// Where the workspace is on the box.
    pub workspace_root: String,
    /// Whether there are files.
    pub files: bool,
    /// Whether they can only be read.
    pub files_read_only: bool,
    /// Whether there is a terminal.
    pub terminal: bool,
    /// Whether it can be a pseudo-terminal.
    pub pty: bool,
    /// Whether there is Git.
    pub git: bool,
    /// Whether there is a desktop.
    pub desktop: bool,
    /// How it is streamed.
    pub desktop_transport: Option<String>,
    /// Whether it can be recorded.
    pub recording: bool,
}

impl Row {
    /// Reads a row.
    ///
    /// # Errors
    ///
    /// When it lacks what negotiation needs, or has something else in its place.
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

/// A backend that the table has no row for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Unknown sandbox backend \"{0}\"")]
pub struct UnknownBackend(pub String);

/// What a table of backends must not say.
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

/// Whether an operating system is among those of a row. Names are compared as they are: a row may have
/// systems that nothing else knows.
///
/// # Errors
///
/// When the row has no list of them.
pub fn supports_os<G: Given>(row: &Reader<'_, G>, os: &Reader<'_, G>) -> Result<bool, G::Error> {
    let (systems, os) = (systems(row)?, os.text()?);
    Ok(os.is_some_and(|os| systems.contains(&os)))
}

fn systems<G: Given>(row: &Reader<'_, G>) -> Result<Vec<String>, G::Error> {
    row.field("os")?.field("supported")?.texts()
}

/// Whether boxes of a backend have a desktop: of the one whose row is given, or else of the first of
/// `rows` whose SDK client goes by that name.
///
/// # Errors
///
/// When the row does not tell.
pub fn desktop_capable<G: Given>(row: G, rows: Vec<G>, name: &G) -> Result<bool, G::Error> {
    let by_client = |name: &Value| {
        for row in rows {
            // What is no row has no client.
            if let Some(client) = row.field("backendId")?
                && client.value()? == *name
            {
                return Ok::<_, G::Error>(Some(row));
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

/// What is wrong with a table, if anything is: a backend has no row, or one that contradicts itself.
///
/// # Errors
///
/// When a row does not tell.
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
