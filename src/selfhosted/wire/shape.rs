//! The form that a message has in JavaScript.
//!
//! A oneof is `{"$case": "fsRead", "fsRead": …}`, a 64-bit number is decimal text, and text is a
//! string whatever bytes it came as. Bytes themselves stay outside.

#![expect(clippy::ref_option, reason = "serde hands out fields by reference")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;

use bytes::Bytes;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::ecmascript::{number_text, trim};

pub(super) fn text<S: Serializer>(text: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&lossy(text))
}

pub(super) fn texts<S: Serializer>(texts: &[Bytes], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts.iter().map(lossy))
}

fn lossy(text: &Bytes) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

pub(super) fn decimal<S: Serializer>(n: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(n)
}

pub(super) fn oneof<T: Serialize, S: Serializer>(
    oneof: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Tagged<'a, T> {
        #[serde(rename = "$case")]
        case: &'static str,
        #[serde(flatten)]
        member: &'a T,
    }

    let Some(member) = oneof else {
        return serializer.serialize_none();
    };
    let case = serde_variant::to_variant_name(member).map_err(S::Error::custom)?;
    Tagged { case, member }.serialize(serializer)
}

/// Why a request cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A field is missing or of another type.
    #[error("{field} must be {expected}")]
    Type {
        /// Its name.
        field: String,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// A number does not fit its field.
    #[error("invalid {kind}: {value}")]
    Range {
        /// The type of the field.
        kind: &'static str,
        /// The number.
        value: String,
    },
    /// A text is no integer.
    #[error("Cannot convert {0} to a BigInt")]
    Syntax(String),
}

impl Refusal {
    pub(super) fn wrong_type(field: &str, expected: &'static str) -> Self {
        Self::Type { field: field.to_owned(), expected }
    }
}

/// A value that a field can have.
trait Field: Sized {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal>;
}

/// One of several messages; none for a case that is not known.
pub(super) trait Oneof: Sized {
    fn read(fields: &Fields, case: &str) -> Result<Option<Self>, Refusal>;
}

/// A [`Field`] for every message, and an [`Oneof`] for every oneof.
#[allow(clippy::all, clippy::pedantic, unused_variables, reason = "generated code")]
mod readers {
    use super::super::message::*;
    use super::{Field, Fields, Oneof, Refusal, Value};

    include!(concat!(env!("OUT_DIR"), "/readers.rs"));
}

/// The fields of a message.
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn of(name: &str, value: &'a Value) -> Result<Self, Refusal> {
        value.as_object().map(Self).ok_or_else(|| Refusal::wrong_type(name, "an object"))
    }

    fn read<T: Field>(&self, name: &str) -> Result<T, Refusal> {
        T::read(name, self.get(name))
    }

    fn oneof<T: Oneof>(&self, name: &str) -> Result<Option<T>, Refusal> {
        read_oneof(name, self.get(name))
    }

    fn get(&self, name: &str) -> &'a Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }
}

/// The case that a value is of, if it is of any.
pub(super) fn read_oneof<T: Oneof>(name: &str, value: &Value) -> Result<Option<T>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    let fields = Fields::of(name, value)?;
    let case =
        fields.get("$case").as_str().ok_or_else(|| Refusal::wrong_type("$case", "a string"))?;
    let unknown = || Refusal::wrong_type("$case", "the name of a known member");
    T::read(&fields, case)?.ok_or_else(unknown).map(Some)
}

impl<T: Field> Field for Vec<T> {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        let items = value.as_array().ok_or_else(|| Refusal::wrong_type(name, "an array"))?;
        items.iter().map(|item| T::read(name, item)).collect()
    }
}

impl<T: Field> Field for Option<T> {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        if value.is_null() { Ok(None) } else { T::read(name, value).map(Some) }
    }
}

impl Field for BTreeMap<String, String> {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        let Fields(entries) = Fields::of(name, value)?;
        let entry = |(key, value): (&String, _)| Ok((key.clone(), read_text(key, value)?));
        entries.iter().map(entry).collect()
    }
}

impl Field for Bytes {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        read_text(name, value).map(Self::from)
    }
}

fn read_text(name: &str, value: &Value) -> Result<String, Refusal> {
    value.as_str().map(str::to_owned).ok_or_else(|| Refusal::wrong_type(name, "a string"))
}

impl Field for bool {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        value.as_bool().ok_or_else(|| Refusal::wrong_type(name, "a boolean"))
    }
}

impl Field for f64 {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        value.as_f64().ok_or_else(|| Refusal::wrong_type(name, "a number"))
    }
}

impl Field for u32 {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        to_uint32(f64::read(name, value)?)
    }
}

/// A number as an unsigned 32-bit field has it.
pub(super) fn to_uint32(number: f64) -> Result<u32, Refusal> {
    if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        return Ok(number as u32);
    }
    Err(Refusal::Range { kind: "uint32", value: number_text(number) })
}

impl Field for i32 {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        let number = f64::read(name, value)?;
        if number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
            #[expect(clippy::cast_possible_truncation, reason = "in range")]
            return Ok(number as i32);
        }
        Err(Refusal::Range { kind: "int32", value: number_text(number) })
    }
}

impl Field for u64 {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        to_integer("uint64", &read_text(name, value)?)
    }
}

impl Field for i64 {
    fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        to_integer("int64", &read_text(name, value)?)
    }
}

/// A text as JavaScript's `BigInt` reads it (ECMA-262, `StringToBigInt`).
fn to_integer<T: TryFrom<i128>>(kind: &'static str, text: &str) -> Result<T, Refusal> {
    let trimmed = trim(text);
    let (radix, digits) = match trimmed.get(..2) {
        Some("0x" | "0X") => (16, &trimmed[2..]),
        Some("0o" | "0O") => (8, &trimmed[2..]),
        Some("0b" | "0B") => (2, &trimmed[2..]),
        _ => (10, trimmed),
    };
    let is_signed = radix == 10 && digits.starts_with(['+', '-']);
    let unsigned = &digits[usize::from(is_signed)..];
    let is_number = !unsigned.is_empty() && unsigned.chars().all(|digit| digit.is_digit(radix));
    if !is_number && !trimmed.is_empty() {
        return Err(Refusal::Syntax(text.to_owned()));
    }
    let integer = if trimmed.is_empty() { Ok(0) } else { i128::from_str_radix(digits, radix) };
    let fitting = integer.ok().and_then(|integer| T::try_from(integer).ok());
    fitting.ok_or_else(|| Refusal::Range { kind, value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{Refusal, to_integer};

    #[test]
    fn integers_are_read_as_bigint_reads_them() {
        let fits = [
            ("0", 0),
            ("00", 0),
            ("", 0),
            (" \n42\t", 42),
            ("+7", 7),
            ("0x10", 16),
            ("0B11", 3),
            ("0o17", 15),
            ("18446744073709551615", u64::MAX),
        ];
        for (text, number) in fits {
            assert_eq!(to_integer("uint64", text), Ok(number), "{text}");
        }
        for text in ["abc", "1.5", "1e3", "--1", "-0x1", "0x", "0xg", "1 2", "+"] {
            let refusal = to_integer::<u64>("uint64", text).expect_err(text);
            assert_eq!(refusal, Refusal::Syntax(text.to_owned()));
        }
        let digits = "9".repeat(60);
        for text in ["-1", "18446744073709551616", &digits] {
            let refusal = to_integer::<u64>("uint64", text).expect_err(text);
            assert_eq!(refusal.to_string(), format!("invalid uint64: {text}"));
        }
        assert_eq!(to_integer("int64", "-9223372036854775808"), Ok(i64::MIN));
    }
}
