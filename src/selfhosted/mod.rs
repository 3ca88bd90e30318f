//! Machines that users enrol themselves. An agent on the machine carries out the requests.

pub mod connection;
pub mod control;
pub mod editor;
pub mod exec;
pub mod image;
pub mod listing;
mod liveness;
mod negotiation;
pub mod path;
pub mod read;
pub mod relay;
pub mod retry;
pub mod session;
pub mod transport;
pub mod wire;

pub use liveness::{
    AgentState, Enrollment, LivenessInput, RECONNECT_WINDOW_MS, SelfhostedLiveness, liveness,
};
pub use negotiation::{SelfhostedInput, SelfhostedNegotiated, negotiate};
