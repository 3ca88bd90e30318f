//! The places of requests' paths on the box.

use super::{ServiceError, path};
use crate::input::{self, Value};
use crate::shell::quoted;

/// Checks the options of a service.
///
/// # Errors
///
/// Where an option is of the wrong type.
pub fn check_options(
    workspace_root: Value,
    lease_epoch: &Value,
    revision: &Value,
) -> Result<(), ServiceError> {
    Root::check(workspace_root)?;
    for (field, value) in [("leaseEpoch", lease_epoch), ("revision", revision)] {
        input::number(field, "a finite number", value, f64::is_finite)?;
    }
    Ok(())
}

/// The directory that the paths of requests are relative to; empty for the session's own.
#[derive(Debug, Clone)]
pub struct Root(String);

impl Root {
    /// Checks the service's option.
    ///
    /// # Errors
    ///
    /// Where it is no text, or has a NUL.
    pub fn check(value: Value) -> Result<Self, ServiceError> {
        let root = input::text("workspaceRoot", input::or_default(value, ""))?;
        Ok(Self(root))
    }

    /// The path on the box of a normalized path.
    pub(super) fn absolute(&self, relative: &str) -> String {
        path::absolute(&self.0, relative)
    }

    /// The directory for the `path` or `cwd` of a request.
    pub(super) fn directory(&self, path: &str) -> Option<String> {
        path::workdir(&self.0, path)
    }

    /// The root as a directory to run in.
    pub(super) fn own_directory(&self) -> Option<String> {
        Some(self.0.clone()).filter(|root| !root.is_empty())
    }
}

/// A path as an argument of a command. Commands take an argument that begins with a dash for an option, and
/// `find` takes one that begins with a parenthesis, a comma or an exclamation mark for an expression.
pub(super) fn operand(path: &str) -> String {
    if path.starts_with(['-', '(', ')', '!', ',']) {
        quoted(&format!("./{path}"))
    } else {
        quoted(path)
    }
}

/// Checks a `path` or `cwd` that may lead out of the workspace.
pub(super) fn loose(field: &'static str, value: Value) -> Result<String, ServiceError> {
    Ok(input::text(field, input::or_default(value, ""))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_an_option_or_an_expression() {
        assert_eq!(operand("-rf"), "'./-rf'");
        assert_eq!(operand("!"), "'./!'");
        assert_eq!(operand("a'b"), r"'a'\''b'");
        assert_eq!(operand("/-"), "'/-'");
    }
}
