//! What a backend throws when it has been superseded.

/// The name of the error that a superseded lease raises.
const SUPERSEDED_NAME: &str = "SandboxLeaseSupersededError";
/// How the message of such an error begins where its class was lost on the way.
const SUPERSEDED_MESSAGE: &str = "sandbox lease superseded";

/// Whether a thrown value says that the backend is fenced off: by its mark, its name, or the way its
/// message begins. A word somewhere in a text says nothing: a file may be called `fenced.txt`.
#[must_use]
pub fn is_fence(marked: bool, name: Option<&str>, message: Option<&str>) -> bool {
    marked
        || name == Some(SUPERSEDED_NAME)
        || message.is_some_and(|message| message.starts_with(SUPERSEDED_MESSAGE))
}

#[cfg(test)]
mod tests {
    use super::is_fence;

    #[test]
    fn only_marked_or_superseded_errors_are_fences() {
        let cases = [
            (true, None, None, true),
            (true, Some("Error"), Some("x"), true),
            (false, Some("SandboxLeaseSupersededError"), Some(""), true),
            (false, Some("Error"), Some("sandbox lease superseded by epoch 4"), true),
            (false, Some("Error"), Some("lost: sandbox lease superseded"), false),
            (false, Some("Error"), Some("no such file: fenced.txt"), false),
            (false, Some("FencedError"), Some("Fenced"), false),
            (false, Some("Error"), Some("lease superseded by epoch 4"), false),
            (false, None, None, false),
        ];
        for (marked, name, message, expected) in cases {
            assert_eq!(is_fence(marked, name, message), expected, "{marked} {name:?} {message:?}");
        }
    }
}
