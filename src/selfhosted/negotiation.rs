//! The capabilities of a session on an enrolled machine: those of the backend, without the ones that the
//! machine lacks, its agent cannot offer, or its owner has not agreed to.

use serde::Serialize;

use super::{AgentState, LivenessInput, SelfhostedLiveness, liveness};
use crate::capabilities::CapabilityUnavailableReason::{
    self as Reason, AgentOffline, AgentReconnecting, ConsentRequired, DisplayUnavailable,
};
use crate::capabilities::{
    self, Cells, DesktopStream, LeaseLiveness, NegotiationContext, Recording, Row, SandboxBackend,
};
use crate::input::{Given, Reader};

/// The context of a negotiation. An absent flag has its default.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfhostedInput {
    /// The machine and its agent.
    pub machine: LivenessInput,
    /// The name of the operating system, which need not be a known one.
    pub os: Option<String>,
    /// Whether the deployment allows desktops; default: `true`.
    pub desktop_enabled: Option<bool>,
    /// Whether the deployment allows terminals; default: `true`.
    pub terminal_enabled: Option<bool>,
    /// Whether the deployment allows computer use; default: `true`.
    pub computer_use_enabled: Option<bool>,
    /// Whether the viewer has acknowledged that the desktop is shown unredacted.
    pub desktop_acknowledged: bool,
    /// Whether several sessions share the machine.
    pub shared: bool,
}

impl SelfhostedInput {
    /// Reads a caller's arguments.
    ///
    /// # Errors
    ///
    /// When an argument that is needed has the wrong type.
    pub fn read<G: Given>(
        input: &Reader<'_, G>,
        machine: &Reader<'_, G>,
    ) -> Result<Self, G::Error> {
        let flag = |name: &str| input.field(name)?.flag();
        let truthy = |name: &str| input.field(name)?.is_truthy();
        let known = LivenessInput::read(machine)?;
        machine.field("now")?.calendar_date()?;
        Ok(Self {
            machine: known,
            os: machine.field("os")?.text()?,
            desktop_enabled: flag("desktopEnabled")?,
            terminal_enabled: flag("terminalEnabled")?,
            computer_use_enabled: flag("computerUseEnabled")?,
            desktop_acknowledged: truthy("desktopAcknowledged")?,
            shared: truthy("shared")?,
        })
    }
}

/// The cells of a session on an enrolled machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelfhostedNegotiated {
    /// `warm` where the agent is online, else `cold`.
    pub liveness: LeaseLiveness,
    /// The cells.
    pub cells: Cells,
}

/// Negotiates the capabilities of a session on a machine.
#[must_use]
pub fn negotiate(row: &Row, input: &SelfhostedInput) -> SelfhostedNegotiated {
    let machine = liveness(&input.machine);
    let liveness = match machine.state {
        AgentState::Online => LeaseLiveness::Warm,
        AgentState::Reconnecting | AgentState::Offline => LeaseLiveness::Cold,
    };
    let context = NegotiationContext {
        backend: Some(SandboxBackend::Selfhosted),
        os: input.os.clone(),
        liveness: Some(liveness),
        desktop_enabled: input.desktop_enabled.unwrap_or(true),
        terminal_enabled: input.terminal_enabled,
        computer_use_enabled: input.computer_use_enabled,
        desktop_acknowledged: input.desktop_acknowledged,
        shared: input.shared,
        ..NegotiationContext::default()
    };
    let mut cells = capabilities::negotiate(row, &context).cells;
    match machine {
        SelfhostedLiveness { state: AgentState::Offline, .. } => withhold(&mut cells, AgentOffline),
        SelfhostedLiveness { state: AgentState::Reconnecting, .. } => {
            withhold(&mut cells, AgentReconnecting);
        }
        SelfhostedLiveness { has_display: false, .. } => withhold_display(&mut cells),
        // The screen can still be viewed, which is all that its stream lets, and recorded.
        SelfhostedLiveness { consented: false, .. } => {
            withhold_computer_use(&mut cells, ConsentRequired);
        }
        SelfhostedLiveness { .. } => {}
    }
    SelfhostedNegotiated { liveness, cells }
}

/// Makes every capability unavailable for `reason`, which replaces any other reason.
fn withhold(cells: &mut Cells, reason: Reason) {
    cells.file_system.available = false;
    cells.file_system.read_only = true;
    cells.file_system.reason = Some(reason);
    cells.terminal.transport = None;
    cells.terminal.reason = Some(reason);
    cells.git.available = false;
    cells.git.reason = Some(reason);
    cells.desktop_stream = DesktopStream::unavailable(reason);
    cells.recording = Recording::unavailable(reason);
    cells.computer_use.available = false;
    cells.computer_use.reason = Some(reason);
}

/// Makes the capabilities unavailable that need a display. A capability that is unavailable already keeps
/// its reason.
fn withhold_display(cells: &mut Cells) {
    if cells.desktop_stream.transport.is_some() {
        cells.desktop_stream = DesktopStream::unavailable(DisplayUnavailable);
    }
    if cells.recording.available {
        cells.recording = Recording::unavailable(DisplayUnavailable);
    }
    withhold_computer_use(cells, DisplayUnavailable);
}

fn withhold_computer_use(cells: &mut Cells, reason: Reason) {
    if cells.computer_use.available {
        cells.computer_use.available = false;
        cells.computer_use.reason = Some(reason);
    }
}
