//! Whether the agent of an enrolled machine is there, and what its owner has agreed to.

use serde::Serialize;

use crate::input::{Given, Reader, Value};

/// For how many milliseconds an agent that does not answer may be on its way back.
pub const RECONNECT_WINDOW_MS: u32 = 30_000;

/// The status of an enrollment that holds.
const ACTIVE: &str = "active";

/// What is recorded about an enrolled machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrollment {
    /// `active`, or anything else for an enrollment that does not hold.
    pub status: String,
    /// `whole-machine`, or anything less.
    pub exposure: String,
    /// Whether its owner lets the screen be controlled.
    pub allow_screen_control: bool,
    /// Whether it has a display.
    pub has_display: bool,
    /// When its agent was last seen, in milliseconds since the Unix epoch.
    pub last_seen_at: Option<f64>,
}

/// What liveness is told from.
#[derive(Debug, Clone, PartialEq)]
pub struct LivenessInput {
    /// The enrollment, if there is one.
    pub enrollment: Option<Enrollment>,
    /// Whether the agent has just answered.
    pub probe_responded: bool,
    /// The time, in milliseconds since the Unix epoch.
    pub now: Option<f64>,
}

impl LivenessInput {
    /// Reads what a caller knows of a machine. What is no enrollment, or has no text for a name, is
    /// one that does not hold.
    ///
    /// # Errors
    ///
    /// When the clock is no date, or the last sight, where it matters, no time.
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

/// How an agent is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentState {
    /// It answers.
    Online,
    /// It does not, but was seen a moment ago.
    Reconnecting,
    /// It does not.
    Offline,
}

/// What can be counted on of an enrolled machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SelfhostedLiveness {
    /// Its agent.
    pub state: AgentState,
    /// Whether its owner agreed to the control of its screen.
    pub consented: bool,
    /// Whether it has a display.
    pub has_display: bool,
}

/// Tells how an enrolled machine is to be had.
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

/// A time that lies ahead, by a clock that is fast, counts as recent.
fn seen_lately(now: Option<f64>, seen: Option<f64>) -> bool {
    now.zip(seen).is_some_and(|(now, seen)| now - seen <= f64::from(RECONNECT_WINDOW_MS))
}
