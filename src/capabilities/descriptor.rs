//! A backend's row: what it can do at all, whatever the session.

use serde::Serialize;

use super::{SandboxBackend, SandboxOs};

/// What a backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilityDescriptor {
    /// The backend.
    pub backend: SandboxBackend,
    /// The name its SDK client goes by.
    pub backend_id: &'static str,
    /// How much of a machine it offers.
    pub tier: Tier,
    /// The operating systems of its boxes.
    pub os: OsSupport,
    /// What its boxes can do.
    pub capabilities: Capabilities,
    /// How long a box lives.
    pub lifetime: Lifetime,
    /// How a box's files outlive it.
    pub snapshot: Snapshot,
    /// How a port of the box is reached.
    pub port_exposure: PortExposure,
    /// Where the workspace is on the box.
    pub workspace_root: &'static str,
    /// Whether it mounts buckets by itself.
    pub native_bucket_mount: bool,
    /// Whether a workspace can be kept.
    pub persistable: bool,
    /// Whether a command can run as another user.
    pub supports_run_as: bool,
}

/// How much of a machine a backend offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A box with a desktop.
    Desktop,
    /// A box without one.
    Headless,
    /// A developer's own machine.
    Dev,
    /// No box.
    None,
}

/// The operating systems of a backend's boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OsSupport {
    /// Those it can have.
    pub supported: &'static [SandboxOs],
    /// The one it has unless asked.
    pub default: SandboxOs,
}

/// What a backend's boxes can do.
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
    /// Whether there is one.
    pub available: bool,
    /// How its output comes without a minted address.
    pub transport: Option<TerminalTransport>,
    /// Whether it can be a pseudo-terminal.
    pub pty: bool,
}

/// How a terminal's output comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TerminalTransport {
    /// As events of the session.
    SseEvents,
    /// As a pseudo-terminal over a WebSocket.
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
    /// Whether there is a desktop.
    pub available: bool,
    /// How it is streamed.
    pub transport: Option<DesktopTransport>,
}

/// How a backend streams its desktop.
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

/// How long a box lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
pub struct Lifetime {
    /// After how many milliseconds it ends, whatever happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard_lifetime_ms: Option<u32>,
    /// Whether a longer session must move to a new box through a snapshot.
    pub requires_snapshot_rollover: bool,
    /// Whether the provider ends idle boxes.
    pub has_idle_killer: bool,
    /// Whether a box can be suspended and resumed.
    pub supports_suspend_resume: bool,
    /// Whether two may resume a box at once.
    pub resume_is_lock_free: bool,
}

/// How a box's files outlive it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The provider's own way.
    pub kind: SnapshotKind,
    /// Whether an archive serves where that fails.
    pub has_tar_fallback: bool,
}

/// A provider's own way of snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotKind {
    /// Of the whole file system.
    NativeFs,
    /// Of a directory.
    NativeDir,
    /// Kept by the provider under an id.
    NativeSnapshotId,
    /// None but an archive.
    TarOnly,
    /// None at all.
    None,
}

/// How a port of the box is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortExposure {
    /// The way.
    pub kind: PortExposureKind,
    /// Whether a port can be exposed after the box has started.
    pub supports_on_demand_ports: bool,
}

/// The way a port of the box is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortExposureKind {
    /// Through a tunnel of the provider.
    ProviderTunnel,
    /// Under an address of its own.
    PreviewUrl,
    /// On the machine of the caller.
    LocalPort,
    /// Not at all.
    None,
}
