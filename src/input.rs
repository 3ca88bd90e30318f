//! Checks of callers' arguments. They run before any command does.

use std::borrow::Cow;

use serde::Serialize;
use thiserror::Error;

use crate::ecmascript::number_text;

/// An error quotes at most this many characters of a refused text.
const QUOTED: usize = 100;

/// How long a name or a path may be, in bytes of UTF-8. The longest path of Linux has 4,096, and a
/// command of a box, which holds some more than once, 131,072 in each argument.
const LONGEST: usize = 1 << 16;
/// The same of the command of a caller's: NATS has no message of more.
const LONGEST_COMMAND: usize = 1 << 26;

/// How many items a caller's list may have.
const MOST_ITEMS: usize = 1_000;

/// A value of JavaScript.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `undefined` or `null`.
    Absent,
    /// A string.
    Text(String),
    /// A string with lone surrogates, each replaced by U+FFFD. As an argument it is refused, because the
    /// replacement makes it another text.
    IllFormed(String),
    /// A number, NaN and the infinities included.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A short array.
    List(Vec<Value>),
    /// Bytes. Only values that the core passes to JavaScript hold them.
    Bytes(Vec<u8>),
    /// Any other value, by its `typeof`.
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

/// The JavaScript error class of a refused argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputErrorKind {
    /// `TypeError`: the value has the wrong type, or is a text that is not accepted.
    Type,
    /// `RangeError`: the value is a number outside its range.
    Range,
}

/// A refused argument.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{field} must be {expected}, got {got}")]
pub struct InputError {
    /// The class of the error.
    pub kind: InputErrorKind,
    /// The field's name as the caller writes it, or its path.
    pub field: Cow<'static, str>,
    /// The values that are accepted.
    pub expected: &'static str,
    /// The value that was passed.
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

/// A caller's value, read in place. Reading a field may run a getter, so only the fields that are asked
/// for are read.
pub trait Given: Sized {
    /// A refused value, or what a getter threw.
    type Error: From<InputError>;

    /// The value itself.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn value(&self) -> Result<Value, Self::Error>;

    /// Whether the value is truthy.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn is_truthy(&self) -> Result<bool, Self::Error>;

    /// Whether it is JavaScript's `undefined`, which [`Value::Absent`] does not tell from `null`.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn is_undefined(&self) -> Result<bool, Self::Error>;

    /// The text of a primitive value, as a template literal has it.
    ///
    /// # Errors
    ///
    /// When the value is an object or a symbol.
    fn spelled(&self) -> Result<String, Self::Error>;

    /// The time of a `Date`, in milliseconds since the Unix epoch; `None` for any other value.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn date(&self) -> Result<Option<f64>, Self::Error>;

    /// A field of an object; `None` for any other value.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn field(&self, name: &str) -> Result<Option<Self>, Self::Error>;

    /// The names of an object's own fields; none for any other value.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn names(&self) -> Result<Vec<String>, Self::Error>;

    /// What is in it, up to so many items; nothing where it is no array.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn items(&self, most: usize) -> Result<Option<Vec<Self>>, Self::Error>;

    /// Reads the bytes of a `Uint8Array` in place; `None` for any other value.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn bytes<T>(&self, read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Self::Error>;
}

/// Reads a caller's value. An error names the value by its path.
#[derive(Debug)]
pub struct Reader<'a, G> {
    /// The object that holds the value, where its name is a part of the path.
    of: Option<&'a Reader<'a, G>>,
    name: &'a str,
    /// Whether the paths of the value's fields begin with its own.
    names_fields: bool,
    given: G,
}

impl<'a, G: Given> Reader<'a, G> {
    /// An argument. Errors name its fields without the argument's name: `now`.
    pub fn argument(name: &'a str, given: G) -> Self {
        Self { of: None, name, names_fields: false, given }
    }

    /// A value whose name the paths of its fields begin with: `error.status`.
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

    /// The error for an object with fields that are not `known`, if it has any. A field that is `undefined`
    /// is not there.
    pub(crate) fn unknown_fields(
        &self,
        known: &[&str],
        expected: &'static str,
    ) -> Result<Option<G::Error>, G::Error> {
        let mut unknown = Vec::new();
        for name in self.given.names()? {
            if known.contains(&name.as_str()) {
                continue;
            }
            if let Some(field) = self.given.field(&name)?
                && !field.is_undefined()?
            {
                unknown.push(name);
            }
        }
        if unknown.is_empty() {
            return Ok(None);
        }
        let names = Value::Text(unknown.join(", "));
        Ok(Some(InputError::wrong_type(self.path(), expected, &names).into()))
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

    /// A boolean; `None` for any other value.
    pub(crate) fn flag(&self) -> Result<Option<bool>, G::Error> {
        Ok(match self.value()? {
            Value::Flag(flag) => Some(flag),
            _ => None,
        })
    }

    /// A text; `None` for any other value.
    pub(crate) fn text(&self) -> Result<Option<String>, G::Error> {
        Ok(match self.value()? {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    /// What is read of bytes.
    pub(crate) fn bytes<T>(&self, read: impl FnOnce(&[u8]) -> T) -> Result<T, G::Error> {
        match self.given.bytes(read)? {
            Some(read) => Ok(read),
            None => Err(self.refusal("a Uint8Array")?),
        }
    }

    /// A text of any kind.
    pub(crate) fn string(&self) -> Result<String, G::Error> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            _ => Err(self.refusal("a string")?),
        }
    }

    /// A text of any kind, or none.
    pub(crate) fn optional_string(&self) -> Result<Option<String>, G::Error> {
        match self.value()? {
            Value::Absent => Ok(None),
            _ => self.string().map(Some),
        }
    }

    /// A finite number, or none.
    pub(crate) fn number(&self, expected: &'static str) -> Result<Option<f64>, G::Error> {
        match self.value()? {
            Value::Absent => Ok(None),
            Value::Number(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.refusal(expected)?),
        }
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

    /// The text of a primitive value, as a template literal has it. An object is refused: to convert it
    /// would run the caller's code.
    pub(crate) fn spelled(&self) -> Result<String, G::Error> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            Value::Absent | Value::Number(_) | Value::Flag(_) | Value::Other("bigint") => {
                self.given.spelled()
            }
            _ => Err(self.refusal("a string")?),
        }
    }

    /// The time of a `Date`, in milliseconds since the Unix epoch; NaN for an invalid one.
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

    /// Why the value is refused, without what it is: it may be a secret.
    pub(crate) fn unquoted_refusal(&self, expected: &'static str) -> Result<G::Error, G::Error> {
        let kind = match self.value()? {
            Value::Absent => Value::Absent,
            Value::Number(_) => Value::Other("number"),
            Value::Text(_) | Value::IllFormed(_) => Value::Other("string"),
            other => other,
        };
        Ok(InputError::wrong_type(self.path(), expected, &kind).into())
    }

    /// The error for a value that is not `expected`.
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

/// An option that is off where it is absent.
pub(crate) fn flag(field: &'static str, value: &Value) -> Result<bool, InputError> {
    match value {
        Value::Absent => Ok(false),
        Value::Flag(flag) => Ok(*flag),
        other => Err(InputError::wrong_type(field, "a boolean", other)),
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

/// A text without NUL, which no shell can carry. It may be empty.
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

/// The user to run as. Absent and empty mean the session's own user.
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

/// Checks the limits of a call. A valid signal counts as absent.
///
/// # Errors
///
/// [`InputError`] for the first that cannot be used.
pub fn limits(signal: &Value, timeout_ms: &Value) -> Result<(), InputError> {
    if *signal != Value::Absent {
        return Err(InputError::wrong_type("signal", "an AbortSignal", signal));
    }
    if *timeout_ms != Value::Absent {
        number("timeoutMs", "a number of milliseconds above 0", timeout_ms, |ms| ms > 0.0)?;
    }
    Ok(())
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
