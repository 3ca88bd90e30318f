//! What a backend throws when it has been superseded.

/// The name of the error that a superseded lease raises.
const SUPERSEDED_NAME: &str = "SandboxLeaseSupersededError";
/// How the message of such an error begins where its class was lost on the way.
const SUPERSEDED_MESSAGE: &str = "sandbox lease superseded";

/// What is looked at of a thrown value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Thrown<'a> {
    /// Whether it is marked as a fence.
    pub fenced: bool,
    /// Its name, if that is a text.
    pub name: Option<&'a str>,
    /// Its message, if that is a text.
    pub message: Option<&'a str>,
}

/// Whether a thrown value says that the backend is fenced off: by its mark, its name, or the way its
/// message begins. A word somewhere in a text says nothing: a file may be called `fenced.txt`.
#[must_use]
pub fn is_fence(thrown: Thrown) -> bool {
    let Thrown { fenced, name, message } = thrown;
    fenced
        || name == Some(SUPERSEDED_NAME)
        || message.is_some_and(|message| message.starts_with(SUPERSEDED_MESSAGE))
}
