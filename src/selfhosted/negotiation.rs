//! What a session on an enrolled machine gets: the backend's cells, less what the machine, its
//! agent or its owner keeps back.

use serde::Serialize;

use super::{AgentState, LivenessInput, SelfhostedLiveness, liveness};
use crate::capabilities::CapabilityUnavailableReason::{
    self as Reason, AgentOffline, AgentReconnecting, ConsentRequired, DisplayUnavailable,
};
use crate::capabilities::{
    self, Cells, DesktopMode, DesktopStream, LeaseLiveness, NegotiationContext, Recording, Row,
    SandboxBackend,
};
use crate::input::{Given, Reader};

/// What the backend's row is weighed against. A flag that is absent has its default.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfhostedInput {
    /// What liveness is told from.
    pub machine: LivenessInput,
    /// The operating system, by whatever name; none where it has none.
    pub os: Option<String>,
    /// Whether the deployment allows desktops. Default: it does.
    pub desktop_enabled: Option<bool>,
    /// Whether the deployment allows terminals. Default: it does.
    pub terminal_enabled: Option<bool>,
    /// Whether the deployment allows computer use. Default: it does.
    pub computer_use_enabled: Option<bool>,
    /// Whether the viewer has acknowledged that the desktop is shown as it is.
    pub desktop_acknowledged: bool,
    /// Whether the machine serves several sessions.
    pub shared: bool,
}

impl SelfhostedInput {
    /// Reads what a caller passes, and what it knows of the machine.
    ///
    /// # Errors
    ///
    /// When something that matters has the wrong type.
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
    /// The lease that the agent's state amounts to.
    pub liveness: LeaseLiveness,
    /// The cells.
    pub cells: Cells,
}

/// Weighs the backend's row against a session and the machine it is on.
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
        SelfhostedLiveness { consented: false, .. } => withhold_control(&mut cells),
        SelfhostedLiveness { .. } => {}
    }
    SelfhostedNegotiated { liveness, cells }
}

/// Without the agent there is nothing, whatever else may stand in the way.
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

/// Without a display there is nothing to see. What was unavailable keeps its own reason.
fn withhold_display(cells: &mut Cells) {
    if cells.desktop_stream.transport.is_some() {
        cells.desktop_stream = DesktopStream::unavailable(DisplayUnavailable);
    }
    if cells.recording.available {
        cells.recording = Recording::unavailable(DisplayUnavailable);
    }
    withhold_computer_use(cells, DisplayUnavailable);
}

/// Without consent the screen may be seen and recorded, but not controlled.
fn withhold_control(cells: &mut Cells) {
    cells.desktop_stream.mode = DesktopMode::ReadOnly;
    withhold_computer_use(cells, ConsentRequired);
}

fn withhold_computer_use(cells: &mut Cells, reason: Reason) {
    if cells.computer_use.available {
        cells.computer_use.available = false;
        cells.computer_use.reason = Some(reason);
    }
}
