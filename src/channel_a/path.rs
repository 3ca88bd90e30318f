//! Paths within the workspace.

use thiserror::Error;

use super::outline::Ruler;

/// The reason why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// It is empty.
    #[error("path is required")]
    Missing,
    /// It begins with a slash.
    #[error("absolute paths are not allowed: {0}")]
    Absolute(String),
    /// A part of it is `..`.
    #[error("path traversal is not allowed: {0}")]
    Traversal(String),
}

/// A path without the slashes at its ends.
#[must_use]
pub fn normalized(path: &str) -> &str {
    path.trim_matches('/')
}

/// Checks a path within the workspace, and returns it without the slashes at its end.
///
/// # Errors
///
/// [`PathError`] where the path leads elsewhere.
pub fn safe(path: &str) -> Result<&str, PathError> {
    let normalized = normalized(path);
    if normalized.is_empty() {
        Err(PathError::Missing)
    } else if path.starts_with('/') {
        Err(PathError::Absolute(path.to_owned()))
    } else if normalized.split('/').any(|segment| segment == "..") {
        Err(PathError::Traversal(path.to_owned()))
    } else {
        Ok(normalized)
    }
}

/// The beginning and the length of the result of [`safe`] in the caller's path, in UTF-16 units.
///
/// # Errors
///
/// [`PathError`] where it leads elsewhere.
pub fn safe_part(path: &str) -> Result<[usize; 2], PathError> {
    let (skipped, length) = Ruler::new(path).measure(safe(path)?);
    Ok([skipped, length])
}

/// The path on the box of a normalized path. Without a root of the workspace, it is relative to the session's
/// own directory.
#[must_use]
pub fn absolute(workspace_root: &str, path: &str) -> String {
    match (workspace_root, path) {
        ("", "") => ".".to_owned(),
        ("", path) => path.to_owned(),
        (root, "") => root.to_owned(),
        (root, path) => format!("{root}/{path}"),
    }
}

/// The directory to run a command in; `None` for the session's own.
#[must_use]
pub fn workdir(workspace_root: &str, path: &str) -> Option<String> {
    Some(absolute(workspace_root, normalized(path))).filter(|path| path != ".")
}

/// The directory of a path; empty for the root and the session's own directory.
#[must_use]
pub fn parent(absolute: &str) -> &str {
    absolute.rfind('/').map_or("", |slash| &absolute[..slash])
}

#[cfg(test)]
mod tests {
    use super::{absolute, parent, workdir};

    #[test]
    fn paths_begin_at_the_root_of_the_workspace() {
        for (root, path, expected) in
            [("", "", "."), ("", "a", "a"), ("/w", "", "/w"), ("/w", "a/b", "/w/a/b")]
        {
            assert_eq!(absolute(root, path), expected);
        }
        for (root, path, expected) in
            [("", "/", None), ("", "/a/", Some("a")), ("/w", "", Some("/w")), ("", ".", None)]
        {
            assert_eq!(workdir(root, path).as_deref(), expected);
        }
    }

    #[test]
    fn a_parent_is_all_before_the_last_slash() {
        for (path, expected) in [("a", ""), ("/a", ""), ("a/b", "a"), ("/a/b", "/a"), ("a/", "a")] {
            assert_eq!(parent(path), expected);
        }
    }
}
