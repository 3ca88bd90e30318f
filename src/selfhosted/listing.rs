//! The entries of a directory on the machine.

/// The type of an entry, by its kind on the wire. A link is `other`, whatever it points to.
#[must_use]
pub fn entry_type(kind: f64) -> &'static str {
    match kind {
        1.0 => "file",
        2.0 => "dir",
        _ => "other",
    }
}
