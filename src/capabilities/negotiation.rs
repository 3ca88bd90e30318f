//! Negotiates the capabilities of a session, from its backend's row.

use serde::Serialize;

use super::CapabilityUnavailableReason::{
    self as Reason, BackendUnsupported, DisabledByPolicy, LeaseCold, OsUnsupported, TierHeadless,
};
use super::name::named;
use super::{
    Address, Cells, ComputerUse, DesktopClient, DesktopMode, DesktopStream, FileSystem, Git,
    LeaseLiveness, Recording, Row, SandboxBackend, StreamTransport, Terminal, TerminalTransport,
};
use crate::input::{Given, Reader};

/// The context of a negotiation. An absent flag has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the input")]
pub struct NegotiationContext {
    /// The backend.
    pub backend: Option<SandboxBackend>,
    /// The name of the operating system, which need not be a known one.
    pub os: Option<String>,
    /// The state of the lease. Only `cold` makes a difference, or with `strict` only `warm`.
    pub liveness: Option<LeaseLiveness>,
    /// Whether streams need a box that is up, and the terminal an address that can be signed.
    pub strict: bool,
    /// Whether the deployment allows desktops.
    pub desktop_enabled: bool,
    /// Whether viewers may control the desktop; default: `true`.
    pub desktop_interactive: Option<bool>,
    /// Whether the deployment allows computer use; default: `true`.
    pub computer_use_enabled: Option<bool>,
    /// Whether addresses of the desktop can be signed; default: `true`.
    pub stream_token_secret_available: Option<bool>,
    /// Whether the viewer has acknowledged that the desktop is shown unredacted.
    pub desktop_acknowledged: bool,
    /// Whether several sessions share the box.
    pub shared: bool,
    /// Whether the caller has a minted address of the desktop.
    pub desktop_stream: bool,
    /// Whether the deployment allows terminals; default: `true`.
    pub terminal_enabled: Option<bool>,
    /// Whether the caller has a minted address of the terminal.
    pub terminal_stream: bool,
}

impl NegotiationContext {
    /// Reads a caller's context. An unknown name and a flag that is no boolean count as absent.
    ///
    /// # Errors
    ///
    /// When `context` is no object, or `now` no `Date`.
    pub fn read<G: Given>(context: &Reader<'_, G>, now: &Reader<'_, G>) -> Result<Self, G::Error> {
        let truthy = |name: &str| context.field(name)?.is_truthy();
        let flag = |name: &str| context.field(name)?.flag();
        let text = |name: &str| context.field(name)?.text();
        let read = Self {
            backend: text("backend")?.and_then(named),
            os: text("os")?,
            liveness: text("liveness")?.and_then(named),
            strict: flag("strict")? == Some(true),
            desktop_enabled: truthy("desktopEnabled")?,
            desktop_interactive: flag("desktopInteractive")?,
            computer_use_enabled: flag("computerUseEnabled")?,
            stream_token_secret_available: flag("streamTokenSecretAvailable")?,
            desktop_acknowledged: truthy("desktopAcknowledged")?,
            shared: truthy("shared")?,
            desktop_stream: truthy("desktopStream")?,
            terminal_enabled: flag("terminalEnabled")?,
            terminal_stream: truthy("terminalStream")?,
        };
        now.calendar_date()?;
        Ok(read)
    }
}

/// The cells, and which of them get an address. The addresses stay with the caller.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Negotiated {
    /// The cells.
    pub cells: Cells,
    /// Whether the caller fills its minted address into the terminal's cell.
    pub terminal_address: bool,
    /// Whether the caller fills its minted address and the resolution into the desktop's cell.
    pub desktop_address: bool,
}

/// Negotiates the capabilities of a session.
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
        self.context.os.as_ref().is_some_and(|os| self.row.systems.contains(os))
    }

    /// Whether a capability that the backend has (`offered`) is available to the session.
    fn of_box(&self, offered: bool) -> Result<(), Reason> {
        if !self.os_supported() {
            Err(OsUnsupported)
        } else if !offered {
            Err(BackendUnsupported)
        } else {
            Ok(())
        }
    }

    /// The same for a capability that needs a desktop.
    fn of_desktop(&self, offered: bool) -> Result<(), Reason> {
        match self.of_box(offered) {
            Err(BackendUnsupported) if self.row.headless => Err(TierHeadless),
            Ok(()) if !self.context.desktop_enabled => Err(DisabledByPolicy),
            verdict => verdict,
        }
    }

    /// Whether there is no box to stream from. `minted` is whether there is an address of the stream.
    fn cold(&self, minted: bool) -> bool {
        if self.context.strict {
            self.context.liveness != Some(LeaseLiveness::Warm)
        } else {
            // A minted address shows that the box exists, whatever the lease says.
            self.context.liveness == Some(LeaseLiveness::Cold) && !minted
        }
    }

    /// Whether addresses of streams cannot be signed.
    fn unsigned(&self) -> bool {
        self.context.stream_token_secret_available == Some(false)
    }

    fn file_system(&self) -> FileSystem {
        let verdict = self.of_box(self.row.files);
        FileSystem {
            available: verdict.is_ok(),
            read_only: self.row.files_read_only || verdict == Err(OsUnsupported),
            root: self.row.workspace_root.clone(),
            path_sep: "/",
            tree_mode: "lazy",
            reason: verdict.err(),
        }
    }

    fn terminal(&self) -> Terminal {
        let (transport, pty_capable, reason) = match self.of_box(self.row.terminal) {
            Err(reason) => (None, false, Some(reason)),
            // Policy and lease matter to a pseudo-terminal only.
            Ok(()) if !self.row.pty => (Some(TerminalTransport::SseEvents), false, None),
            Ok(()) => {
                let disabled = self.context.terminal_enabled == Some(false);
                let reason = if disabled || self.context.strict && self.unsigned() {
                    Some(DisabledByPolicy)
                } else if self.cold(self.context.terminal_stream) {
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
        let verdict = self.of_box(self.row.git);
        Git { available: verdict.is_ok(), repos: [], reason: verdict.err() }
    }

    fn desktop(&self) -> Result<(), Reason> {
        self.of_desktop(self.row.desktop)?;
        if self.unsigned() {
            return Err(DisabledByPolicy);
        }
        if self.cold(self.context.desktop_stream) {
            return Err(LeaseCold);
        }
        Ok(())
    }

    fn desktop_stream(&self) -> DesktopStream {
        if let Err(reason) = self.desktop() {
            return DesktopStream::unavailable(reason);
        }
        let context = self.context;
        // A self-hosted machine is shown by frames through the relay, and viewers never control it.
        let relayed = context.backend == Some(SandboxBackend::Selfhosted);
        let read_only = relayed || context.desktop_interactive == Some(false);
        let transport = self.row.desktop_transport.clone();
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
        match self.of_desktop(self.row.recording) {
            Ok(()) => Recording::available(),
            Err(reason) => Recording::unavailable(reason),
        }
    }

    fn computer_use(&self) -> ComputerUse {
        let verdict = self.of_desktop(self.row.desktop).and_then(|()| {
            let disabled = self.context.computer_use_enabled == Some(false);
            if disabled { Err(DisabledByPolicy) } else { Ok(()) }
        });
        ComputerUse { available: verdict.is_ok(), read_only: false, reason: verdict.err() }
    }
}
