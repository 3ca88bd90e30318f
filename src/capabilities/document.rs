//! What a session gets: a cell for each capability.

use serde::Serialize;

use super::TerminalTransport;
use crate::recording::Codec;

/// Why something is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CapabilityUnavailableReason {
    /// The backend has no such thing.
    BackendUnsupported,
    /// The backend has no boxes of that operating system.
    OsUnsupported,
    /// It has not been set up.
    NotProvisioned,
    /// The deployment does not allow it, or cannot sign its addresses.
    DisabledByPolicy,
    /// There is no box yet.
    LeaseCold,
    /// The backend's boxes have no desktop.
    TierHeadless,
    /// The agent on the enrolled machine does not answer.
    AgentOffline,
    /// It does not answer, but did a moment ago.
    AgentReconnecting,
    /// The owner of the machine has not agreed.
    ConsentRequired,
    /// The machine has no display.
    DisplayUnavailable,
}

/// The cells of a negotiation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cells {
    /// How often a viewer says that it is still there, in milliseconds.
    #[serde(rename = "viewerHeartbeatIntervalMs")]
    pub viewer_heartbeat_interval_ms: u32,
    /// Files.
    pub file_system: FileSystem,
    /// The terminal.
    pub terminal: Terminal,
    /// Git.
    pub git: Git,
    /// The desktop as a stream.
    pub desktop_stream: DesktopStream,
    /// Recordings of the desktop.
    pub recording: Recording,
    /// Using the desktop as a person would.
    pub computer_use: ComputerUse,
}

/// Files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of FileSystemCapability in types/")]
pub struct FileSystem {
    pub available: bool,
    pub read_only: bool,
    pub root: String,
    pub path_sep: &'static str,
    pub tree_mode: &'static str,
    pub reason: Option<CapabilityUnavailableReason>,
}

/// Where a stream is served. Addresses stay with the caller, who fills them in where
/// [`Negotiated`](super::Negotiated) says so; tokens never come here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    url: (),
    token: (),
    expires_at: (),
}

/// The terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of TerminalCapability in types/")]
pub struct Terminal {
    pub transport: Option<TerminalTransport>,
    pub pty_capable: bool,
    pub shell: &'static str,
    #[serde(flatten)]
    pub address: Address,
    pub reason: Option<CapabilityUnavailableReason>,
}

/// Git.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are those of GitCapability in types/")]
pub struct Git {
    pub available: bool,
    pub repos: [String; 0],
    pub reason: Option<CapabilityUnavailableReason>,
}

/// How a session's desktop is streamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamTransport {
    /// As single frames through the relay.
    RelayFrames,
    /// As the backend streams it.
    #[serde(untagged)]
    Backend(String),
}

/// What shows a desktop stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DesktopClient {
    /// noVNC.
    Novnc,
    /// A viewer of single frames.
    Frames,
}

/// Whether a viewer of the desktop may also use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum DesktopMode {
    ReadOnly,
    Interactive,
}

/// The desktop as a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of DesktopStreamCapability in types/")]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the document")]
pub struct DesktopStream {
    pub transport: Option<StreamTransport>,
    pub client: Option<DesktopClient>,
    pub mode: DesktopMode,
    #[serde(flatten)]
    pub address: Address,
    pub resolution: [u32; 2],
    pub unredacted: bool,
    pub requires_acknowledgment: bool,
    pub acknowledged: bool,
    pub shared: bool,
    pub shared_session_ids: [String; 0],
    pub reason: Option<CapabilityUnavailableReason>,
}

impl DesktopStream {
    /// A stream that is not there. The picture that it would have is still described.
    #[must_use]
    pub fn unavailable(reason: CapabilityUnavailableReason) -> Self {
        Self {
            transport: None,
            client: None,
            mode: DesktopMode::ReadOnly,
            address: Address::default(),
            resolution: [1024, 768],
            unredacted: true,
            requires_acknowledgment: false,
            acknowledged: false,
            shared: false,
            shared_session_ids: [],
            reason: Some(reason),
        }
    }
}

/// When recordings are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingMode {
    /// When asked.
    Manual,
    /// With each turn.
    OnTurn,
    /// With each verification.
    OnVerify,
}

/// Recordings of the desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are those of RecordingCapability in types/")]
pub struct Recording {
    pub available: bool,
    pub modes: &'static [RecordingMode],
    pub codecs: &'static [Codec],
    pub reason: Option<CapabilityUnavailableReason>,
}

impl Recording {
    /// Recordings that can be made.
    #[must_use]
    pub fn available() -> Self {
        Self {
            available: true,
            modes: &[RecordingMode::Manual, RecordingMode::OnTurn, RecordingMode::OnVerify],
            codecs: &[Codec::H264Mp4, Codec::Vp9Webm],
            reason: None,
        }
    }

    /// None that can.
    #[must_use]
    pub fn unavailable(reason: CapabilityUnavailableReason) -> Self {
        Self { available: false, modes: &[], codecs: &[], reason: Some(reason) }
    }
}

/// Using the desktop as a person would. Whether that is only to look is the caller's, who fills it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of ComputerUseCapability in types/")]
pub struct ComputerUse {
    pub available: bool,
    pub read_only: bool,
    pub reason: Option<CapabilityUnavailableReason>,
}
