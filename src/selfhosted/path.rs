//! Paths on the machine.
//!
//! A session's callers see its files under [`ROOT`]; on the machine they are in the working directory.
//! The mapping is textual and confines nothing: `..` and absolute paths reach anywhere on the machine.
//! The agent resolves empty and relative paths against its own workspace root.

use crate::input::{self, InputError, Value};

/// The working directory as a session's callers see it.
pub const ROOT: &str = "/workspace";

/// Maps a caller's path to the machine's. An empty `working_dir` means the agent's workspace root.
#[must_use]
pub fn map(path: Option<&str>, working_dir: &str) -> String {
    let base = working_dir.strip_suffix('/').unwrap_or(working_dir);
    let path = path.unwrap_or_default();
    let relative = match path.strip_prefix(ROOT) {
        None if path.starts_with('/') => return path.to_owned(),
        None => path,
        Some("") => return base.to_owned(),
        // `/workspace//x` without a base: a slash left in front would make the path absolute.
        Some(rest) if base.is_empty() && rest.starts_with('/') => rest.trim_start_matches('/'),
        Some(rest) => match rest.strip_prefix('/') {
            Some(rest) => rest,
            // Another directory, such as `/workspaces`.
            None => return path.to_owned(),
        },
    };
    match (base, path) {
        (_, "") => base.to_owned(),
        ("", _) => relative.to_owned(),
        _ => format!("{base}/{relative}"),
    }
}

/// Checks a caller's path, and maps it.
///
/// # Errors
///
/// When `path` is no text.
pub fn check(path: Value, working_dir: &str) -> Result<String, InputError> {
    let path = input::optional_string("path", path)?;
    Ok(map(path.as_deref(), working_dir))
}

/// Checks the `workingDir` of a session; default: the agent's root.
///
/// # Errors
///
/// When it is no text.
pub fn working_dir(given: Value) -> Result<String, InputError> {
    Ok(input::optional_string("workingDir", given)?.unwrap_or_default())
}

/// A path without `.`, `..` and doubled slashes. A relative path keeps the `..` at its beginning, since
/// the directories above it are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Normal<'a> {
    is_absolute: bool,
    /// The number of `..` at the beginning of a relative path.
    above: usize,
    names: Vec<&'a str>,
}

impl<'a> Normal<'a> {
    pub(super) fn of(path: &'a str) -> Self {
        let mut normal = Self { is_absolute: path.starts_with('/'), above: 0, names: Vec::new() };
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => {
                    let is_beyond = normal.names.pop().is_none() && !normal.is_absolute;
                    normal.above += usize::from(is_beyond);
                }
                name => normal.names.push(name),
            }
        }
        normal
    }

    /// Whether `other` is this path or lies under it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let is_root = self.is_absolute && self.names.is_empty();
        let is_above = self.above > other.above && self.names.is_empty();
        let is_under = self.is_absolute == other.is_absolute
            && (is_above || self.above == other.above && other.names.starts_with(&self.names));
        is_root || is_under
    }
}

#[cfg(test)]
mod tests {
    use super::Normal;

    #[test]
    fn a_path_holds_itself_and_what_is_under_it() {
        let cases = [
            ("/", "/home/u", true),
            ("/", "proj", true),
            ("/home", "/home/u", true),
            ("/home/u/", "/home//u/.", true),
            ("/home/u/x", "/home/u", false),
            ("/homes", "/home/u", false),
            ("", "", true),
            (".", "", true),
            ("a/..", "", true),
            ("..", "", true),
            ("../..", "..", true),
            ("../x", "", false),
            ("proj", "proj/a", true),
            ("proj/b", "proj/a", false),
            ("proj/..", "proj", true),
            ("/../..", "/home", true),
            ("/home", "proj", false),
        ];
        for (path, other, expected) in cases {
            assert_eq!(Normal::of(path).holds(&Normal::of(other)), expected, "{path} {other}");
        }
    }
}
