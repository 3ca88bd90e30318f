//! Plain data as JSON text: as fast as an object built property by property, and its parts are plain
//! values of whichever realm parses it.

use napi::{Error, Result};
use serde::Serialize;

pub(super) fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_reason(error.to_string()))
}
