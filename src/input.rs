//! Checks on what a caller passes in, before anything runs on the box.

use serde::Serialize;
use thiserror::Error;

use crate::ecmascript::number_text;

/// How much of a refused text is quoted, in characters.
const QUOTED: usize = 100;

/// An untyped value as a dynamic caller passes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not given: JavaScript's `undefined` and `null`.
    Absent,
    /// A string.
    Text(String),
    /// A number, NaN and the infinities included.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A short array.
    List(Vec<Value>),
    /// Anything else, by the name of its type.
    Other(&'static str),
}

impl Value {
    fn describe(&self) -> String {
        match self {
            Self::Absent => "nothing".to_owned(),
            Self::Text(text) => match text.char_indices().nth(QUOTED) {
                Some((end, _)) => format!("{:?}…", &text[..end]),
                None => format!("{text:?}"),
            },
            Self::Number(number) => number_text(*number),
            Self::Flag(_) => "a value of type boolean".to_owned(),
            Self::List(_) => "a value of type object".to_owned(),
            Self::Other(kind) => format!("a value of type {kind}"),
        }
    }
}

/// Which of JavaScript's two error classes for bad arguments fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputErrorKind {
    /// The value is of the wrong type, or a text that cannot be accepted.
    Type,
    /// The value is a number outside its range.
    Range,
}

/// A refused argument.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{field} must be {expected}, got {got}")]
pub struct InputError {
    /// Which class of error the caller sees.
    pub kind: InputErrorKind,
    /// The name of the field, as the caller writes it.
    pub field: &'static str,
    /// What would have been accepted.
    pub expected: &'static str,
    /// What came.
    pub got: String,
}

impl InputError {
    pub(crate) fn wrong_type(field: &'static str, expected: &'static str, got: &Value) -> Self {
        Self { kind: InputErrorKind::Type, field, expected, got: got.describe() }
    }

    fn out_of_range(field: &'static str, expected: &'static str, got: f64) -> Self {
        Self { kind: InputErrorKind::Range, field, expected, got: number_text(got) }
    }
}

/// A text of any kind.
pub(crate) fn string(field: &'static str, value: Value) -> Result<String, InputError> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(InputError::wrong_type(field, "a string", &other)),
    }
}

/// A text of any kind, or none.
pub(crate) fn optional_string(
    field: &'static str,
    value: Value,
) -> Result<Option<String>, InputError> {
    match value {
        Value::Absent => Ok(None),
        given => string(field, given).map(Some),
    }
}

/// A text, with the empty one and any other allowed but for NUL, which no shell can carry.
pub(crate) fn text(field: &'static str, value: Value) -> Result<String, InputError> {
    match value {
        Value::Text(text) if !text.contains('\0') => Ok(text),
        other => Err(InputError::wrong_type(field, "a string without NUL characters", &other)),
    }
}

/// A path for shell text. A leading dash is refused: commands would read the path as an option.
pub(crate) fn path(field: &'static str, value: Value) -> Result<String, InputError> {
    let path = text(field, value)?;
    if path.starts_with('-') {
        let expected = "a path that does not begin with a dash";
        return Err(InputError::wrong_type(field, expected, &Value::Text(path)));
    }
    Ok(path)
}

/// The user to run as: absent and empty both mean the session's own user.
pub(crate) fn run_as(value: Value) -> Result<Option<String>, InputError> {
    match value {
        Value::Absent => Ok(None),
        given => text("runAs", given).map(|user| Some(user).filter(|user| !user.is_empty())),
    }
}

/// A number for which `accepts` holds.
pub(crate) fn number(
    field: &'static str,
    expected: &'static str,
    value: &Value,
    accepts: impl Fn(f64) -> bool,
) -> Result<f64, InputError> {
    match value {
        Value::Number(number) if accepts(*number) => Ok(*number),
        Value::Number(number) => Err(InputError::out_of_range(field, expected, *number)),
        other => Err(InputError::wrong_type(field, expected, other)),
    }
}

/// `value`, or `default` where it is absent.
pub(crate) fn or_default(value: Value, default: impl Into<Value>) -> Value {
    match value {
        Value::Absent => default.into(),
        given => given,
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<[f64; 2]> for Value {
    fn from(pair: [f64; 2]) -> Self {
        Self::List(pair.map(Self::Number).to_vec())
    }
}
