//! What a session gets out of its backend's row.

use serde::{Deserialize, Serialize};

use super::CapabilityUnavailableReason::{
    self as Reason, BackendUnsupported, DisabledByPolicy, LeaseCold, OsUnsupported, TierHeadless,
};
use super::{
    Address, Cells, ComputerUse, DesktopClient, DesktopMode, DesktopStream, FileSystem, Git,
    LeaseLiveness, Recording, Row, SandboxBackend, SandboxOs, StreamTransport, Terminal,
    TerminalTransport, Tier, known,
};

/// What a row is weighed against. A flag that is absent has its default.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the input")]
pub struct NegotiationContext {
    /// The backend.
    #[serde(deserialize_with = "known")]
    pub backend: Option<SandboxBackend>,
    /// The operating system; none where no backend could support it.
    #[serde(deserialize_with = "known")]
    pub os: Option<SandboxOs>,
    /// The lease; only a cold one matters.
    #[serde(deserialize_with = "known")]
    pub liveness: Option<LeaseLiveness>,
    /// Whether the deployment allows desktops.
    pub desktop_enabled: bool,
    /// Whether viewers may use the desktop. Default: they may.
    pub desktop_interactive: Option<bool>,
    /// Whether the deployment allows computer use. Default: it does.
    pub computer_use_enabled: Option<bool>,
    /// Whether computer use may only look.
    pub computer_use_read_only: bool,
    /// Whether addresses of the desktop can be signed. Default: they can.
    pub stream_token_secret_available: Option<bool>,
    /// Whether the viewer has acknowledged that the desktop is shown as it is.
    pub desktop_acknowledged: bool,
    /// Whether the box serves several sessions.
    pub shared: bool,
    /// Whether the caller holds a minted address of the desktop.
    pub desktop_stream: bool,
    /// Whether the deployment allows terminals. Default: it does.
    pub terminal_enabled: Option<bool>,
    /// Whether the caller holds a minted address of the terminal.
    pub terminal_stream: bool,
}

/// The cells, and which of them get the address that the caller holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Negotiated {
    /// The cells.
    pub cells: Cells,
    /// Whether the terminal's cell gets its minted address.
    pub terminal_address: bool,
    /// Whether the desktop's cell gets its minted address, and with it the resolution.
    pub desktop_address: bool,
}

/// Weighs a backend's row against a session.
#[must_use]
pub fn negotiate(row: &Row, context: &NegotiationContext) -> Negotiated {
    let negotiation = Negotiation { row, context };
    let terminal = negotiation.terminal();
    let desktop_stream = negotiation.desktop_stream();
    Negotiated {
        terminal_address: context.terminal_stream
            && terminal.transport == Some(TerminalTransport::PtyWs),
        desktop_address: context.desktop_stream && desktop_stream.acknowledged,
        cells: Cells {
            viewer_heartbeat_interval_ms: 30_000,
            file_system: negotiation.file_system(),
            terminal,
            git: negotiation.git(),
            desktop_stream,
            recording: negotiation.recording(),
            computer_use: negotiation.computer_use(),
        },
    }
}

struct Negotiation<'a> {
    row: &'a Row,
    context: &'a NegotiationContext,
}

impl Negotiation<'_> {
    fn os_supported(&self) -> bool {
        self.context.os.is_some_and(|os| self.row.os.supported.contains(&os))
    }

    /// Whether the session has what its backend has or has not, as far as files and Git go.
    fn of_box(&self, offered: bool) -> Result<(), Reason> {
        if !self.os_supported() {
            Err(OsUnsupported)
        } else if !offered {
            Err(BackendUnsupported)
        } else {
            Ok(())
        }
    }

    /// The same for what takes a desktop.
    fn of_desktop(&self, offered: bool) -> Result<(), Reason> {
        match self.of_box(offered) {
            Err(BackendUnsupported) if self.row.tier == Tier::Headless => Err(TierHeadless),
            Ok(()) if !self.context.desktop_enabled => Err(DisabledByPolicy),
            verdict => verdict,
        }
    }

    fn cold(&self) -> bool {
        self.context.liveness == Some(LeaseLiveness::Cold)
    }

    fn file_system(&self) -> FileSystem {
        let files = self.row.capabilities.file_system;
        let verdict = self.of_box(files.available);
        FileSystem {
            available: verdict.is_ok(),
            read_only: files.read_only || verdict == Err(OsUnsupported),
            root: self.row.workspace_root.clone(),
            path_sep: "/",
            tree_mode: "lazy",
            reason: verdict.err(),
        }
    }

    fn terminal(&self) -> Terminal {
        let offered = self.row.capabilities.terminal;
        let (transport, pty_capable, reason) = match self.of_box(offered.available) {
            Err(reason) => (None, false, Some(reason)),
            // Without a pseudo-terminal there is nothing to disable or to wait for.
            Ok(()) if !offered.pty => (Some(TerminalTransport::SseEvents), false, None),
            Ok(()) => {
                let reason = if self.context.terminal_enabled == Some(false) {
                    Some(DisabledByPolicy)
                } else if self.cold() && !self.context.terminal_stream {
                    Some(LeaseCold)
                } else {
                    None
                };
                let transport = match reason {
                    Some(_) => TerminalTransport::SseEvents,
                    None => TerminalTransport::PtyWs,
                };
                (Some(transport), true, reason)
            }
        };
        let address = Address::default();
        Terminal { transport, pty_capable, shell: "/bin/bash", address, reason }
    }

    fn git(&self) -> Git {
        let verdict = self.of_box(self.row.capabilities.git.available);
        Git { available: verdict.is_ok(), repos: [], reason: verdict.err() }
    }

    fn desktop(&self) -> Result<(), Reason> {
        self.of_desktop(self.row.capabilities.desktop_stream.available)?;
        if self.context.stream_token_secret_available == Some(false) {
            return Err(DisabledByPolicy);
        }
        // A minted address proves that there is a box.
        if self.cold() && !self.context.desktop_stream {
            return Err(LeaseCold);
        }
        Ok(())
    }

    fn desktop_stream(&self) -> DesktopStream {
        if let Err(reason) = self.desktop() {
            return DesktopStream::unavailable(reason);
        }
        let context = self.context;
        // A machine of the user's own is shown frame by frame, and never to be used by viewers.
        let relayed = context.backend == Some(SandboxBackend::Selfhosted);
        let read_only = relayed || context.desktop_interactive == Some(false);
        let transport = self.row.capabilities.desktop_stream.transport;
        DesktopStream {
            transport: if relayed {
                Some(StreamTransport::RelayFrames)
            } else {
                transport.map(StreamTransport::Backend)
            },
            client: Some(if relayed { DesktopClient::Frames } else { DesktopClient::Novnc }),
            mode: if read_only { DesktopMode::ReadOnly } else { DesktopMode::Interactive },
            requires_acknowledgment: true,
            acknowledged: context.desktop_acknowledged,
            shared: context.shared,
            reason: None,
            ..DesktopStream::unavailable(DisabledByPolicy)
        }
    }

    fn recording(&self) -> Recording {
        match self.of_desktop(self.row.capabilities.recording.available) {
            Ok(()) => Recording::available(),
            Err(reason) => Recording::unavailable(reason),
        }
    }

    fn computer_use(&self) -> ComputerUse {
        let verdict =
            self.of_desktop(self.row.capabilities.desktop_stream.available).and_then(|()| {
                let disabled = self.context.computer_use_enabled == Some(false);
                if disabled { Err(DisabledByPolicy) } else { Ok(()) }
            });
        ComputerUse {
            available: verdict.is_ok(),
            read_only: self.context.computer_use_read_only,
            reason: verdict.err(),
        }
    }
}
