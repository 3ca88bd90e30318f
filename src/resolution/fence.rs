//! Fences: errors by which a backend says that another one has superseded it.

use crate::ecmascript::same;
use crate::selfhosted::control::code;

/// The name of the error of a superseded lease.
const SUPERSEDED_NAME: &str = "SandboxLeaseSupersededError";
/// The beginning of such an error's message, for an error that has lost its class on the way.
const SUPERSEDED_MESSAGE: &str = "sandbox lease superseded";
/// The name of the error that an agent answers with.
const CONTROL_NAME: &str = "SelfhostedControlError";

/// The fields of a thrown value that tell whether it is a fence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Thrown<'a> {
    /// Its flag `fenced`.
    pub fenced: bool,
    /// Its `name`, where that is a text.
    pub name: Option<&'a str>,
    /// Its `message`, where that is a text.
    pub message: Option<&'a str>,
    /// Its `code`, where that is a number.
    pub code: Option<f64>,
}

/// Whether a thrown value is a fence, by its flag, its name or the beginning of its message. The word
/// `fenced` elsewhere in a message does not count: a file may be called `fenced.txt`.
#[must_use]
pub fn is_fence(thrown: Thrown) -> bool {
    let Thrown { fenced, name, message, .. } = thrown;
    fenced
        || name == Some(SUPERSEDED_NAME)
        || message.is_some_and(|message| message.starts_with(SUPERSEDED_MESSAGE))
}

/// Whether a thrown value is the answer of an agent that has refused a request for its epoch. An agent does
/// so before it runs anything.
#[must_use]
pub fn is_refusal(thrown: Thrown) -> bool {
    let is_fenced = |thrown_code| same(thrown_code, f64::from(code::FENCED));
    thrown.fenced && thrown.name == Some(CONTROL_NAME) && thrown.code.is_some_and(is_fenced)
}
