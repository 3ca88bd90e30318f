//! The conversions of streams' arguments and answers.

use super::values::FromValue;
use crate::input::{InputError, Value};
use crate::stream::{Claim, GivenClaims, Grant, Lifetime};

/// A string or a number; for another value, the name of its type in an array.
impl FromValue for Claim {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        Ok(match value {
            Value::Text(text) | Value::IllFormed(text) => Self::Text(text),
            Value::Number(number) => Self::Number(number),
            other => Self::Other(<(String,)>::from_value(other, field)?.0),
        })
    }
}

/// The claims of an object; a value of another type counts as one claim.
impl FromValue for GivenClaims {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        match value {
            Value::List(items) if items.len() > 1 => {
                claims(Value::List(items), field).map(Self::Object)
            }
            other => Claim::from_value(other, field).map(Self::Other),
        }
    }
}

/// Three ids, the epoch, the mode, the port, and the length and the beginning of the validity.
impl FromValue for Grant {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let [workspace, session, viewer, lease_epoch, mode, port, ttl, now] = claims(value, field)?;
        let ids = [workspace, session, viewer];
        Ok(Self { ids, lease_epoch, mode, port, lifetime: Lifetime { ttl, now } })
    }
}

/// A number of claims.
fn claims<const COUNT: usize>(
    value: Value,
    field: &'static str,
) -> Result<[Claim; COUNT], InputError> {
    let claims = Vec::<Claim>::from_value(value, field)?;
    claims.try_into().map_err(|_| {
        InputError::wrong_type(field, "the fields in their order", &Value::Other("array"))
    })
}

/// The caller's width, height and dots per inch.
pub(super) struct DesktopSize(pub [Value; 3]);

impl FromValue for DesktopSize {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (width, height, dpi) = FromValue::from_value(value, field)?;
        Ok(Self([width, height, dpi]))
    }
}
