//! A backend's row in the table: what its boxes can do, independent of a session.

use serde::Serialize;

use super::{SandboxBackend, SandboxOs};

/// The description of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilityDescriptor {
    /// The backend.
    pub backend: SandboxBackend,
    /// The `backendId` of its SDK client.
    pub backend_id: &'static str,
    /// The kind of machine that it offers.
    pub tier: Tier,
    /// The operating systems of its boxes.
    pub os: OsSupport,
    /// The capabilities of its boxes.
    pub capabilities: Capabilities,
    /// The lifetime of a box.
    pub lifetime: Lifetime,
    /// How the files of a box are kept after its end.
    pub snapshot: Snapshot,
    /// How a port of the box is reached.
    pub port_exposure: PortExposure,
    /// The path of the workspace on the box.
    pub workspace_root: &'static str,
    /// Whether the provider can mount storage buckets.
    pub native_bucket_mount: bool,
    /// Whether a workspace can be kept after its box.
    pub persistable: bool,
    /// Whether a command can run as another user.
    pub supports_run_as: bool,
}

/// The kind of machine that a backend offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A box with a desktop.
    Desktop,
    /// A box without a desktop.
    Headless,
    /// A developer's own machine.
    Dev,
    /// No box.
    None,
}

/// The operating systems of a backend's boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OsSupport {
    /// The systems that a box can have.
    pub supported: &'static [SandboxOs],
    /// The system of a box that was made without asking for one.
    pub default: SandboxOs,
}

/// The capabilities of a backend's boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Capabilities {
    /// Files.
    pub file_system: FileSystemSupport,
    /// A terminal.
    pub terminal: TerminalSupport,
    /// Git.
    pub git: GitSupport,
    /// The desktop as a stream.
    pub desktop_stream: DesktopSupport,
    /// Recordings of the desktop.
    pub recording: RecordingSupport,
}

/// Files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct FileSystemSupport {
    pub available: bool,
    pub read_only: bool,
}

/// A terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TerminalSupport {
    /// Whether a box has a terminal.
    pub available: bool,
    /// The transport of its output without a minted address.
    pub transport: Option<TerminalTransport>,
    /// Whether it can be a pseudo-terminal.
    pub pty: bool,
}

/// The transport of a terminal's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalTransport {
    /// Events of the session.
    SseEvents,
    /// A pseudo-terminal over a WebSocket.
    PtyWs,
}

/// Git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the name says it")]
pub struct GitSupport {
    pub available: bool,
}

/// The desktop as a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DesktopSupport {
    /// Whether a box has a desktop.
    pub available: bool,
    /// The transport of its stream.
    pub transport: Option<DesktopTransport>,
}

/// The transport of a desktop's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are names of protocols")]
pub enum DesktopTransport {
    VncWs,
    RdpWs,
    Webrtc,
}

/// Recordings of the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the name says it")]
pub struct RecordingSupport {
    pub available: bool,
}

/// The lifetime of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub struct Lifetime {
    /// The time after which the provider ends the box in any case, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard_lifetime_ms: Option<u32>,
    /// Whether a longer session must move to a new box through a snapshot.
    pub requires_snapshot_rollover: bool,
    /// Whether the provider ends idle boxes.
    pub has_idle_killer: bool,
    /// Whether a box can be suspended and resumed.
    pub supports_suspend_resume: bool,
    /// Whether a resume of a box needs no lock against another one.
    pub resume_is_lock_free: bool,
}

/// How the files of a box are kept after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The provider's kind of snapshot.
    pub kind: SnapshotKind,
    /// Whether a tar archive is used where a snapshot fails.
    pub has_tar_fallback: bool,
}

/// A provider's kind of snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotKind {
    /// A snapshot of the whole file system.
    NativeFs,
    /// A snapshot of a directory.
    NativeDir,
    /// A snapshot that the provider keeps under an id.
    NativeSnapshotId,
    /// No snapshot; a tar archive only.
    TarOnly,
    /// Neither a snapshot nor an archive.
    None,
}

/// How a port of the box is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortExposure {
    /// The kind of address.
    pub kind: PortExposureKind,
    /// Whether a port can be exposed after the box has started.
    pub supports_on_demand_ports: bool,
}

/// The kind of address of an exposed port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortExposureKind {
    /// A tunnel of the provider.
    ProviderTunnel,
    /// An address of its own for each port.
    PreviewUrl,
    /// A port of the caller's machine.
    LocalPort,
    /// Ports cannot be reached.
    None,
}
