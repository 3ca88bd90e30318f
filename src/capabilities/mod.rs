//! The capabilities of sandboxes: a table of backends, and the negotiation for a session.
//!
//! A backend's row describes what its boxes can do. Negotiation combines the row with the session's
//! operating system, its lease and the deployment's policy. The result has a cell for each capability;
//! the cell of an unavailable one names the reason.

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

/// The TCP port of ttyd on the box, which streams a terminal.
pub const TERMINAL_STREAM_PORT: u16 = 7681;
