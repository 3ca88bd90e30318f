//! Machines that users enrol themselves: an agent on the machine answers for it.

mod liveness;
mod negotiation;

pub use liveness::{
    AgentState, Enrollment, LivenessInput, RECONNECT_WINDOW_MS, SelfhostedLiveness, liveness,
};
pub use negotiation::{SelfhostedInput, SelfhostedNegotiated, negotiate};
