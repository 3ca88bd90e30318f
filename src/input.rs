//! Checks on what a caller passes in, before anything runs on the box.

use std::borrow::Cow;

use serde::Serialize;
use thiserror::Error;

use crate::ecmascript::number_text;

/// How much of a refused text is quoted, in characters.
const QUOTED: usize = 100;

/// How long a name or a path may be, in bytes of UTF-8. The longest path of Linux has 4,096, and a
/// command of a box, which holds some more than once, 131,072 in each argument.
const LONGEST: usize = 1 << 16;
/// The same of the command of a caller's: NATS has no message of more.
const LONGEST_COMMAND: usize = 1 << 26;
/// The same of a part of an address, which may hold a token.
const LONGEST_ADDRESS_PART: usize = 1 << 20;

/// How many items a caller's list may have.
const MOST_ITEMS: usize = 1_000;

/// An untyped value as a dynamic caller passes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not given: JavaScript's `undefined` and `null`.
    Absent,
    /// A string.
    Text(String),
    /// A string that is no well-formed Unicode, with U+FFFD in place of what is not. As an argument of a
    /// caller's it is refused: it would be another text.
    IllFormed(String),
    /// A number, NaN and the infinities included.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A short array.
    List(Vec<Value>),
    /// Bytes, on their way out.
    Bytes(Vec<u8>),
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
            Self::IllFormed(_) => "a value of type ill-formed string".to_owned(),
            Self::Flag(_) => "a value of type boolean".to_owned(),
            Self::List(_) | Self::Bytes(_) => "a value of type object".to_owned(),
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
    /// The name of the field, as the caller writes it, or the path to it.
    pub field: Cow<'static, str>,
    /// What would have been accepted.
    pub expected: &'static str,
    /// What came.
    pub got: String,
}

impl InputError {
    pub(crate) fn wrong_type(
        field: impl Into<Cow<'static, str>>,
        expected: &'static str,
        got: &Value,
    ) -> Self {
        let (kind, field) = (InputErrorKind::Type, field.into());
        Self { kind, field, expected, got: got.describe() }
    }

    fn out_of_range(field: &'static str, expected: &'static str, got: f64) -> Self {
        let (kind, field) = (InputErrorKind::Range, field.into());
        Self { kind, field, expected, got: number_text(got) }
    }
}

/// A value of a dynamic caller's, of which no more is read than is asked for: a field may be code.
pub trait Given: Sized {
    /// A refusal, or what reading threw.
    type Error: From<InputError>;

    /// The value itself.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn value(&self) -> Result<Value, Self::Error>;

    /// Whether it counts as true.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn is_truthy(&self) -> Result<bool, Self::Error>;

    /// Its text, as in a template literal, where it is no object.
    ///
    /// # Errors
    ///
    /// When it has none.
    fn spelled(&self) -> Result<String, Self::Error>;

    /// The time that it is, in milliseconds since the Unix epoch; nothing for what is no date.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn date(&self) -> Result<Option<f64>, Self::Error>;

    /// A field of it; nothing where it is no object.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn field(&self, name: &str) -> Result<Option<Self>, Self::Error>;

    /// What is in it, up to so many items; nothing where it is no array.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn items(&self, most: usize) -> Result<Option<Vec<Self>>, Self::Error>;
}

/// Reads what a caller passes, and names it by its path where it is refused.
#[derive(Debug)]
pub struct Reader<'a, G> {
    /// What it is a field of, where that is a part of its name.
    of: Option<&'a Reader<'a, G>>,
    name: &'a str,
    /// Whether its own name is a part of those of its fields.
    names_fields: bool,
    given: G,
}

impl<'a, G: Given> Reader<'a, G> {
    /// An argument: its fields go by their own names.
    pub fn argument(name: &'a str, given: G) -> Self {
        Self { of: None, name, names_fields: false, given }
    }

    /// A value whose fields go by its name and theirs.
    pub fn named(name: &'a str, given: G) -> Self {
        Self { of: None, name, names_fields: true, given }
    }

    /// A field of an object.
    pub(crate) fn field<'b>(&'b self, name: &'b str) -> Result<Reader<'b, G>, G::Error> {
        match self.given.field(name)? {
            Some(given) => {
                let of = self.names_fields.then_some(self);
                Ok(Reader { of, name, names_fields: true, given })
            }
            None => Err(self.refusal("an object")?),
        }
    }

    fn path(&self) -> String {
        match self.of {
            Some(object) => format!("{}.{}", object.path(), self.name),
            None => self.name.to_owned(),
        }
    }

    /// The value itself.
    pub(crate) fn value(&self) -> Result<Value, G::Error> {
        self.given.value()
    }

    /// Whether it counts as true.
    pub(crate) fn is_truthy(&self) -> Result<bool, G::Error> {
        self.given.is_truthy()
    }

    /// A boolean; nothing for anything else.
    pub(crate) fn flag(&self) -> Result<Option<bool>, G::Error> {
        Ok(match self.value()? {
            Value::Flag(flag) => Some(flag),
            _ => None,
        })
    }

    /// A text; nothing for anything else, which is the same as no text.
    pub(crate) fn text(&self) -> Result<Option<String>, G::Error> {
        Ok(match self.value()? {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// The texts in an array.
    pub(crate) fn texts(&self) -> Result<Vec<String>, G::Error> {
        let Some(items) = self.given.items(MOST_ITEMS + 1)? else {
            return Err(self.refusal("an array")?);
        };
        if items.len() > MOST_ITEMS {
            return Err(self.refusal("an array of at most 1000 items")?);
        }
        let texts = items.iter().filter_map(|item| match item.value() {
            Ok(Value::Text(text)) => Some(Ok(text)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        });
        texts.collect()
    }

    /// The text, as in a template literal, of what is no object: the text of an object is code.
    pub(crate) fn spelled(&self) -> Result<String, G::Error> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            Value::Absent | Value::Number(_) | Value::Flag(_) | Value::Other("bigint") => {
                self.given.spelled()
            }
            _ => Err(self.refusal("a string")?),
        }
    }

    /// The same, as long as a part of an address may be.
    pub(crate) fn address_part(&self) -> Result<String, G::Error> {
        let text = self.spelled()?;
        if text.len() > LONGEST_ADDRESS_PART {
            return Err(self.refusal("a string of at most 1048576 bytes")?);
        }
        Ok(text)
    }

    /// A date, in milliseconds since the Unix epoch: NaN where it is none of the calendar's.
    pub(crate) fn date(&self) -> Result<f64, G::Error> {
        match self.given.date()? {
            Some(time) => Ok(time),
            None => Err(self.refusal("a Date")?),
        }
    }

    /// A date of the calendar's.
    pub(crate) fn calendar_date(&self) -> Result<f64, G::Error> {
        let time = self.date()?;
        if time.is_nan() {
            let (kind, field) = (InputErrorKind::Range, self.path().into());
            let (expected, got) = ("a date of the calendar", number_text(time));
            return Err(InputError { kind, field, expected, got }.into());
        }
        Ok(time)
    }

    /// Why the value is refused.
    pub(crate) fn refusal(&self, expected: &'static str) -> Result<G::Error, G::Error> {
        Ok(InputError::wrong_type(self.path(), expected, &self.value()?).into())
    }
}

/// A text of any kind, as long as names and paths may be.
pub(crate) fn string(field: &'static str, value: Value) -> Result<String, InputError> {
    bounded(field, value, LONGEST, "a string of at most 65536 bytes")
}

/// A command of the caller's own.
pub(crate) fn command(field: &'static str, value: Value) -> Result<String, InputError> {
    bounded(field, value, LONGEST_COMMAND, "a string of at most 67108864 bytes")
}

fn bounded(
    field: &'static str,
    value: Value,
    most: usize,
    expected: &'static str,
) -> Result<String, InputError> {
    match value {
        Value::Text(text) if text.len() <= most => Ok(text),
        Value::Text(_) => Err(InputError::wrong_type(field, expected, &value)),
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
        Value::Text(text) if !text.contains('\0') => string(field, Value::Text(text)),
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

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
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
