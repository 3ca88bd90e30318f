//! What a sandbox can do: the table of backends, and what a session gets out of it.
//!
//! A backend's row says what it can do at all. Negotiation weighs the row against the session (its
//! operating system, its lease, the deployment's policy) and gives every capability a cell of its
//! own, with the reason wherever something is unavailable.

mod descriptor;
mod document;
mod name;
mod negotiation;
mod registry;
mod table;

pub use descriptor::{
    Capabilities, CapabilityDescriptor, DesktopSupport, DesktopTransport, FileSystemSupport,
    GitSupport, Lifetime, OsSupport, PortExposure, PortExposureKind, RecordingSupport, Snapshot,
    SnapshotKind, TerminalSupport, TerminalTransport, Tier,
};
pub use document::{
    Address, CapabilityUnavailableReason, Cells, ComputerUse, DesktopClient, DesktopMode,
    DesktopStream, FileSystem, Git, Recording, RecordingMode, StreamTransport, Terminal,
};
pub use name::{LeaseLiveness, SandboxBackend, SandboxOs};
pub use negotiation::{Negotiated, NegotiationContext, negotiate};
pub use registry::{RegistryError, Row, UnknownBackend, check, desktop_capable, supports_os};
pub use table::{DESCRIPTORS, DescriptorTable};

/// Where a terminal is streamed on the box: the TCP port of ttyd.
pub const TERMINAL_STREAM_PORT: u16 = 7681;
