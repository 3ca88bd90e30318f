//! Where paths of requests are on the box.

use super::{ServiceError, path};
use crate::input::{self, Value};
use crate::shell::quoted;

/// Checks what a service is made with.
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

/// The directory that the paths of requests are in; empty where the session resolves them by itself.
#[derive(Debug, Clone)]
pub struct Root(String);

impl Root {
    /// Of the service's option.
    ///
    /// # Errors
    ///
    /// Where it is no text, or holds NUL.
    pub fn check(value: Value) -> Result<Self, ServiceError> {
        let root = input::text("workspaceRoot", input::or_default(value, ""))?;
        Ok(Self(root))
    }

    /// The path on the box of a normalized one.
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

/// A path as an argument of a command, which would take one that begins with a dash for an option, and
/// `find` one that begins with a parenthesis or an exclamation mark for an expression.
pub(super) fn operand(path: &str) -> String {
    if path.starts_with(['-', '(', ')', '!', ',']) {
        quoted(&format!("./{path}"))
    } else {
        quoted(path)
    }
}

/// The `path` or `cwd` of a request that is not confined.
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
