//! The table of backends.

use serde::{Serialize, Serializer};

use super::SandboxBackend::{
    Blaxel, Cloudflare, Daytona, Docker, E2b, Local, Modal, Runloop, Selfhosted, Vercel,
};
use super::{
    Capabilities, CapabilityDescriptor, DesktopSupport, DesktopTransport, FileSystemSupport,
    GitSupport, Lifetime, OsSupport, PortExposure, PortExposureKind, RecordingSupport,
    SandboxBackend, SandboxOs, Snapshot, SnapshotKind, TerminalSupport, TerminalTransport, Tier,
};

const LINUX: OsSupport = OsSupport { supported: &[SandboxOs::Linux], default: SandboxOs::Linux };

const NO_DESKTOP: DesktopSupport = DesktopSupport { available: false, transport: None };
const VNC: DesktopSupport =
    DesktopSupport { available: true, transport: Some(DesktopTransport::VncWs) };

/// A box with files, a terminal and Git. A pseudo-terminal and a desktop are optional; a desktop can be
/// recorded.
const fn box_with(pty: bool, desktop_stream: DesktopSupport) -> Capabilities {
    Capabilities {
        file_system: FileSystemSupport { available: true, read_only: false },
        terminal: TerminalSupport {
            available: true,
            transport: Some(TerminalTransport::SseEvents),
            pty,
        },
        git: GitSupport { available: true },
        desktop_stream,
        recording: RecordingSupport { available: desktop_stream.available },
    }
}

/// A box that runs until the caller ends it.
const UNMANAGED: Lifetime = Lifetime {
    hard_lifetime_ms: None,
    requires_snapshot_rollover: false,
    has_idle_killer: false,
    supports_suspend_resume: false,
    resume_is_lock_free: true,
};

/// A box that the provider ends when it is idle.
const IDLE_KILLED: Lifetime =
    Lifetime { has_idle_killer: true, resume_is_lock_free: false, ..UNMANAGED };

/// A box that the provider suspends when it is idle, and can resume.
const SUSPENDED: Lifetime = Lifetime { supports_suspend_resume: true, ..IDLE_KILLED };

const fn snapshot(kind: SnapshotKind) -> Snapshot {
    Snapshot { kind, has_tar_fallback: !matches!(kind, SnapshotKind::None) }
}

const fn fixed_ports(kind: PortExposureKind) -> PortExposure {
    PortExposure { kind, supports_on_demand_ports: false }
}

const ON_DEMAND_TUNNEL: PortExposure =
    PortExposure { kind: PortExposureKind::ProviderTunnel, supports_on_demand_ports: true };

/// Every backend's row.
pub static DESCRIPTORS: [CapabilityDescriptor; 11] = [
    CapabilityDescriptor {
        backend: Modal,
        backend_id: "modal",
        tier: Tier::Desktop,
        os: LINUX,
        capabilities: box_with(true, VNC),
        lifetime: Lifetime {
            hard_lifetime_ms: Some(24 * 60 * 60 * 1_000),
            requires_snapshot_rollover: true,
            resume_is_lock_free: true,
            ..SUSPENDED
        },
        snapshot: snapshot(SnapshotKind::NativeFs),
        port_exposure: fixed_ports(PortExposureKind::ProviderTunnel),
        workspace_root: "/workspace",
        native_bucket_mount: true,
        persistable: true,
        supports_run_as: true,
    },
    CapabilityDescriptor {
        backend: Daytona,
        backend_id: "daytona",
        tier: Tier::Desktop,
        os: LINUX,
        capabilities: box_with(true, VNC),
        lifetime: SUSPENDED,
        snapshot: snapshot(SnapshotKind::NativeSnapshotId),
        port_exposure: fixed_ports(PortExposureKind::PreviewUrl),
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: true,
    },
    CapabilityDescriptor {
        backend: Runloop,
        backend_id: "runloop",
        tier: Tier::Desktop,
        os: LINUX,
        capabilities: box_with(false, VNC),
        lifetime: SUSPENDED,
        snapshot: snapshot(SnapshotKind::NativeSnapshotId),
        port_exposure: fixed_ports(PortExposureKind::ProviderTunnel),
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: false,
    },
    CapabilityDescriptor {
        backend: E2b,
        backend_id: "e2b",
        tier: Tier::Desktop,
        os: LINUX,
        capabilities: box_with(false, VNC),
        lifetime: SUSPENDED,
        snapshot: snapshot(SnapshotKind::NativeSnapshotId),
        port_exposure: fixed_ports(PortExposureKind::PreviewUrl),
        workspace_root: "/home/user",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: false,
    },
    CapabilityDescriptor {
        backend: Blaxel,
        backend_id: "blaxel",
        tier: Tier::Desktop,
        os: LINUX,
        capabilities: box_with(false, VNC),
        lifetime: IDLE_KILLED,
        snapshot: snapshot(SnapshotKind::TarOnly),
        port_exposure: ON_DEMAND_TUNNEL,
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: false,
    },
    CapabilityDescriptor {
        backend: Cloudflare,
        backend_id: "cloudflare",
        tier: Tier::Headless,
        os: LINUX,
        capabilities: box_with(true, NO_DESKTOP),
        lifetime: IDLE_KILLED,
        snapshot: snapshot(SnapshotKind::TarOnly),
        port_exposure: fixed_ports(PortExposureKind::ProviderTunnel),
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: true,
    },
    CapabilityDescriptor {
        backend: Vercel,
        backend_id: "vercel",
        tier: Tier::Headless,
        os: LINUX,
        capabilities: box_with(false, NO_DESKTOP),
        lifetime: Lifetime {
            hard_lifetime_ms: Some(5 * 60 * 60 * 1_000),
            requires_snapshot_rollover: true,
            ..SUSPENDED
        },
        snapshot: snapshot(SnapshotKind::TarOnly),
        port_exposure: fixed_ports(PortExposureKind::PreviewUrl),
        workspace_root: "/vercel/sandbox",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: false,
    },
    CapabilityDescriptor {
        backend: Docker,
        backend_id: "docker",
        tier: Tier::Dev,
        os: LINUX,
        capabilities: box_with(true, NO_DESKTOP),
        lifetime: UNMANAGED,
        snapshot: snapshot(SnapshotKind::NativeDir),
        port_exposure: fixed_ports(PortExposureKind::LocalPort),
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: true,
        supports_run_as: true,
    },
    CapabilityDescriptor {
        backend: Local,
        backend_id: "unix_local",
        tier: Tier::Dev,
        os: LINUX,
        capabilities: box_with(true, NO_DESKTOP),
        lifetime: UNMANAGED,
        snapshot: snapshot(SnapshotKind::NativeDir),
        port_exposure: fixed_ports(PortExposureKind::LocalPort),
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: false,
        supports_run_as: false,
    },
    CapabilityDescriptor {
        backend: SandboxBackend::None,
        backend_id: "none",
        tier: Tier::None,
        os: LINUX,
        capabilities: Capabilities {
            file_system: FileSystemSupport { available: false, read_only: true },
            terminal: TerminalSupport { available: false, transport: None, pty: false },
            git: GitSupport { available: false },
            desktop_stream: NO_DESKTOP,
            recording: RecordingSupport { available: false },
        },
        lifetime: UNMANAGED,
        snapshot: snapshot(SnapshotKind::None),
        port_exposure: fixed_ports(PortExposureKind::None),
        workspace_root: "/workspace",
        native_bucket_mount: false,
        persistable: false,
        supports_run_as: false,
    },
    CapabilityDescriptor {
        backend: Selfhosted,
        backend_id: "selfhosted",
        tier: Tier::Desktop,
        os: OsSupport {
            supported: &[SandboxOs::Linux, SandboxOs::Macos, SandboxOs::Windows],
            default: SandboxOs::Linux,
        },
        capabilities: Capabilities {
            terminal: TerminalSupport {
                available: true,
                transport: Some(TerminalTransport::PtyWs),
                pty: true,
            },
            ..box_with(true, VNC)
        },
        lifetime: UNMANAGED,
        snapshot: snapshot(SnapshotKind::None),
        port_exposure: ON_DEMAND_TUNNEL,
        workspace_root: "/",
        native_bucket_mount: false,
        persistable: false,
        supports_run_as: false,
    },
];

/// The table as an object: each row under the name of its backend.
#[derive(Debug, Clone, Copy)]
pub struct DescriptorTable;

impl Serialize for DescriptorTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(DESCRIPTORS.iter().map(|row| (row.backend, row)))
    }
}
