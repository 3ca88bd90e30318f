//! Plain data crosses as JSON text. That is as fast as an object built property by property, and the
//! objects are of the realm that parses the text.

use napi::{Error, Result};
use serde::Serialize;

pub(super) fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::from_reason(error.to_string()))
}
