//! Whether the agent of an enrolled machine is there, and what its owner has agreed to.

use serde::{Deserialize, Serialize};

/// For how many milliseconds an agent that does not answer may be on its way back.
pub const RECONNECT_WINDOW_MS: u32 = 30_000;

/// What is recorded about an enrolled machine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LivenessInput {
    /// The enrollment, if there is one.
    pub enrollment: Option<Enrollment>,
    /// Whether the agent has just answered.
    pub probe_responded: bool,
    /// The time, in milliseconds since the Unix epoch.
    pub now: Option<f64>,
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
    let active = input.enrollment.as_ref().filter(|enrollment| enrollment.status == "active");
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
