//! The table as the caller has it. It is an object that callers may change, so what is looked up
//! and checked is theirs.

use serde::Deserialize;
use thiserror::Error;

use super::name::{all_known, named};
use super::{
    Capabilities, CapabilityDescriptor, PortExposureKind, SandboxBackend, SandboxOs, SnapshotKind,
    Tier,
};

/// What is read of a row. The whole of it is [`CapabilityDescriptor`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of CapabilityDescriptor")]
pub struct Row {
    /// Whatever name is written there.
    pub backend: String,
    pub backend_id: String,
    pub tier: Tier,
    pub os: RowOs,
    pub capabilities: Capabilities,
    pub snapshot: Persisted,
    pub port_exposure: Exposed,
    pub workspace_root: String,
    pub native_bucket_mount: bool,
    pub persistable: bool,
}

/// What is read of a row's operating systems.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RowOs {
    /// Those a box can have.
    #[serde(deserialize_with = "all_known")]
    pub supported: Vec<SandboxOs>,
}

/// What is read of a row's snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the field is that of Snapshot")]
pub struct Persisted {
    pub kind: SnapshotKind,
}

/// What is read of a row's ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[expect(missing_docs, reason = "the field is that of PortExposure")]
pub struct Exposed {
    pub kind: PortExposureKind,
}

impl From<&CapabilityDescriptor> for Row {
    fn from(descriptor: &CapabilityDescriptor) -> Self {
        Self {
            backend: descriptor.backend.to_string(),
            backend_id: descriptor.backend_id.to_owned(),
            tier: descriptor.tier,
            os: RowOs { supported: descriptor.os.supported.to_vec() },
            capabilities: descriptor.capabilities,
            snapshot: Persisted { kind: descriptor.snapshot.kind },
            port_exposure: Exposed { kind: descriptor.port_exposure.kind },
            workspace_root: descriptor.workspace_root.to_owned(),
            native_bucket_mount: descriptor.native_bucket_mount,
            persistable: descriptor.persistable,
        }
    }
}

/// The rows of a table under their keys, in order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Registry(pub Vec<(String, Option<Row>)>);

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
    BucketMount { backend: SandboxBackend, tier: Tier },
}

impl Registry {
    /// Whether boxes of the backend of that key, or else of that SDK name, have a desktop.
    #[must_use]
    pub fn desktop_capable(&self, id_or_backend: &str) -> bool {
        let by_id = || {
            let mut rows = self.0.iter().filter_map(|(_, row)| row.as_ref());
            rows.find(|row| row.backend_id == id_or_backend)
        };
        let row = self.row(id_or_backend).or_else(by_id);
        row.is_some_and(|row| row.capabilities.desktop_stream.available)
    }

    /// Checks that every backend has a row, and that no row contradicts itself.
    ///
    /// # Errors
    ///
    /// [`RegistryError`]: the first one found.
    pub fn check(&self) -> Result<(), RegistryError> {
        SandboxBackend::ALL.into_iter().try_for_each(|backend| {
            let row = self.row(&backend.to_string()).ok_or(RegistryError::Missing(backend))?;
            row.check(backend)
        })
    }

    fn row(&self, key: &str) -> Option<&Row> {
        self.0.iter().find(|(name, _)| name == key)?.1.as_ref()
    }
}

impl Row {
    fn check(&self, backend: SandboxBackend) -> Result<(), RegistryError> {
        let desktop = self.capabilities.desktop_stream;
        let recording = self.capabilities.recording.available;
        if self.backend != backend.to_string() {
            return Err(RegistryError::Mismatch { backend, got: self.backend.clone() });
        }
        if desktop.available && self.port_exposure.kind == PortExposureKind::None {
            return Err(RegistryError::DesktopWithoutPort(backend));
        }
        if desktop.available && desktop.transport.is_none() {
            return Err(RegistryError::DesktopWithoutTransport(backend));
        }
        if desktop.available != recording {
            let desktop = desktop.available;
            return Err(RegistryError::RecordingUnlikeDesktop { backend, recording, desktop });
        }
        if self.persistable && self.snapshot.kind == SnapshotKind::None {
            return Err(RegistryError::PersistableWithoutSnapshot(backend));
        }
        if self.native_bucket_mount && matches!(self.tier, Tier::Dev | Tier::None) {
            return Err(RegistryError::BucketMount { backend, tier: self.tier });
        }
        Ok(())
    }
}

/// Whether `os` is among the names in `supported`. A name that no system has is in no list.
#[must_use]
pub fn supports_os(supported: Vec<String>, os: String) -> bool {
    let os = named::<SandboxOs>(os);
    os.is_some() && supported.into_iter().any(|name| named(name) == os)
}
