//! Paths within the workspace.

use thiserror::Error;

use super::outline::Ruler;

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// Nothing is left of it.
    #[error("path is required")]
    Missing,
    /// It begins at the root of the file system.
    #[error("absolute paths are not allowed: {0}")]
    Absolute(String),
    /// It leads upwards.
    #[error("path traversal is not allowed: {0}")]
    Traversal(String),
}

/// A path without the slashes at its ends.
#[must_use]
pub fn normalized(path: &str) -> &str {
    path.trim_matches('/')
}

/// A path that leads to something within the workspace, without the slashes at its end.
///
/// # Errors
///
/// [`PathError`] where it leads elsewhere.
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

/// Where the part of a caller's path is that [`safe`] gives, in UTF-16: how far behind its start, and its
/// length.
///
/// # Errors
///
/// [`PathError`] where it leads elsewhere.
pub fn safe_part(path: &str) -> Result<[usize; 2], PathError> {
    let (skipped, length) = Ruler::new(path).measure(safe(path)?);
    Ok([skipped, length])
}

/// A normalized path on the box, or relative to the session's own directory where the workspace has no
/// root.
#[must_use]
pub fn absolute(workspace_root: &str, path: &str) -> String {
    match (workspace_root, path) {
        ("", "") => ".".to_owned(),
        ("", path) => path.to_owned(),
        (root, "") => root.to_owned(),
        (root, path) => format!("{root}/{path}"),
    }
}

/// The directory to run a command in for a path; none where it is the session's own.
#[must_use]
pub fn workdir(workspace_root: &str, path: &str) -> Option<String> {
    Some(absolute(workspace_root, normalized(path))).filter(|path| path != ".")
}

/// The directory that something is in; empty where that is the root or the session's own.
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
