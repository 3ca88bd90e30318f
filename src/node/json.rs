//! Plain data as JSON text: as fast as an object built property by property, and its parts are plain
//! values of whichever realm parses it.

use napi::{Error, Result};
use serde::Serialize;

pub(super) fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_reason(error.to_string()))
}

/// The end of what needed nothing from outside.
pub(super) fn settled<T: Serialize>(
    result: std::result::Result<T, impl Into<crate::boundary::Failure>>,
) -> Result<String> {
    text(&match result {
        Ok(done) => serde_json::json!({ "done": done }),
        Err(error) => serde_json::json!({ "failed": error.into() }),
    })
}
