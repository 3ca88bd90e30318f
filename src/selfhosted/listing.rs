//! What is in a directory of the machine.

/// The type of an entry, by the kind that the wire gives it. A link is neither a file nor a
/// directory, whatever it points to.
#[must_use]
pub fn entry_type(kind: f64) -> &'static str {
    match kind {
        1.0 => "file",
        2.0 => "dir",
        _ => "other",
    }
}
