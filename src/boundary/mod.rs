//! The boundary between the core and its host: operations, their calls, the answers, questions, and failures.
//!
//! Everything here is plain data. The binding of a host converts it and decides nothing.

mod calls;
mod failure;
mod host;
mod inquiries;
mod operations;
mod ports;
mod questions;
mod routing;
mod session;
mod streams;
#[cfg(test)]
mod types;
mod values;
mod workspace;

pub use failure::{Failure, FailureKind, end};
pub use host::{Answer, Call, Expects, Host};
pub use inquiries::inquire;
pub use operations::{Begun, Operation, OperationStep, begin};
pub use questions::ask;
pub use routing::ask_router;
pub use values::{FromValue, IntoValue};
