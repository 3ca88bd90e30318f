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

#[cfg(test)]
mod tests {
    use super::entry_type;

    #[test]
    fn only_files_and_directories_are_told_apart() {
        let types = [0.0, 1.0, 2.0, 3.0, 9.0, f64::NAN].map(entry_type);
        assert_eq!(types, ["other", "file", "dir", "other", "other", "other"]);
    }
}
