//! Whether the agent of an enrolled machine is online, and what its owner has agreed to.

use serde::Serialize;

use crate::input::{Given, Reader, Value};

/// An agent that was seen within this time, in milliseconds, and does not answer is reconnecting.
pub const RECONNECT_WINDOW_MS: u32 = 30_000;

/// The status of a valid enrollment.
const ACTIVE: &str = "active";

/// The record of an enrolled machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrollment {
    /// `active` for a valid enrollment.
    pub status: String,
    /// `whole-machine` where all of the machine is exposed.
    pub exposure: String,
    /// Whether the owner allows the control of the screen.
    pub allow_screen_control: bool,
    /// Whether the machine has a display.
    pub has_display: bool,
    /// The time at which the agent was last seen, in milliseconds since the Unix epoch.
    pub last_seen_at: Option<f64>,
}

/// What [`liveness`] is derived from.
#[derive(Debug, Clone, PartialEq)]
pub struct LivenessInput {
    /// The enrollment; `None` for a machine without one.
    pub enrollment: Option<Enrollment>,
    /// Whether the agent has answered a probe.
    pub probe_responded: bool,
    /// The current time, in milliseconds since the Unix epoch.
    pub now: Option<f64>,
}

impl LivenessInput {
    /// Reads a caller's description of a machine. An enrollment that is no object is absent, and one with
    /// a `status` that is no text is not valid.
    ///
    /// # Errors
    ///
    /// When `now` is no `Date`, or `lastSeenAt` is needed and no time.
    pub fn read<G: Given>(machine: &Reader<'_, G>) -> Result<Self, G::Error> {
        let probe_responded = machine.field("probeResponded")?.is_truthy()?;
        let enrollment = machine.field("enrollment")?;
        let enrollment = match enrollment.value()? {
            Value::Other("object") => Some(Enrollment::read(&enrollment, probe_responded)?),
            _ => None,
        };
        let now = Some(machine.field("now")?.date()?);
        Ok(Self { enrollment, probe_responded, now })
    }
}

impl Enrollment {
    fn read<G: Given>(enrollment: &Reader<'_, G>, probe_responded: bool) -> Result<Self, G::Error> {
        let text =
            |name: &str| Ok::<_, G::Error>(enrollment.field(name)?.text()?.unwrap_or_default());
        let truthy = |name: &str| enrollment.field(name)?.is_truthy();
        let status = text("status")?;
        let last_seen_at = enrollment.field("lastSeenAt")?;
        let last_seen_at = match last_seen_at.value()? {
            _ if probe_responded || status != ACTIVE => None,
            Value::Absent => None,
            Value::Number(time) => Some(time),
            _ => return Err(last_seen_at.refusal("a time")?),
        };
        Ok(Self {
            status,
            exposure: text("exposure")?,
            allow_screen_control: truthy("allowScreenControl")?,
            has_display: truthy("hasDisplay")?,
            last_seen_at,
        })
    }
}

/// The state of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentState {
    /// The agent answers.
    Online,
    /// The agent does not answer, but was seen within [`RECONNECT_WINDOW_MS`].
    Reconnecting,
    /// The agent does not answer.
    Offline,
}

/// The state of an enrolled machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SelfhostedLiveness {
    /// The state of the agent.
    pub state: AgentState,
    /// Whether the owner has agreed to the control of the screen.
    pub consented: bool,
    /// Whether the machine has a display.
    pub has_display: bool,
}

/// Derives the state of an enrolled machine.
#[must_use]
pub fn liveness(input: &LivenessInput) -> SelfhostedLiveness {
    let active = input.enrollment.as_ref().filter(|enrollment| enrollment.status == ACTIVE);
    let Some(enrollment) = active else {
        return SelfhostedLiveness {
            state: AgentState::Offline,
            consented: false,
            has_display: false,
        };
    };
    let state = if input.probe_responded {
        AgentState::Online
    } else if seen_lately(input.now, enrollment.last_seen_at) {
        AgentState::Reconnecting
    } else {
        AgentState::Offline
    };
    SelfhostedLiveness {
        state,
        consented: enrollment.exposure == "whole-machine" && enrollment.allow_screen_control,
        has_display: enrollment.has_display,
    }
}

/// Whether the agent was seen within [`RECONNECT_WINDOW_MS`]. A time in the future, by a fast clock,
/// counts.
fn seen_lately(now: Option<f64>, seen: Option<f64>) -> bool {
    now.zip(seen).is_some_and(|(now, seen)| now - seen <= f64::from(RECONNECT_WINDOW_MS))
}
