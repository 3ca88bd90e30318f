//! Encodes a message as JavaScript has it to bytes.
//!
//! In JavaScript a oneof is `{"$case": "fsRead", "fsRead": …}`, and a 64-bit number is decimal
//! text.

use std::{iter, mem};

use thiserror::Error;

use super::format::{WireType, key_len, put_key, put_varint, varint_len};
use super::schema::{Field, Holds, Kind, MAP_ENTRY, Message, Slot};
use super::value::{Property, Value};
use crate::ecmascript::{number_text, trim};

/// Why a request cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A field is missing or has another type.
    #[error("{field} must be {expected}")]
    Type {
        /// The name of the field.
        field: String,
        /// The values that are accepted.
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
    /// An operation has fields that the protocol has not.
    #[error("{operation} has unknown fields: {names}")]
    Unknown {
        /// The name of the operation.
        operation: String,
        /// The names of the fields.
        names: String,
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

/// A field's number and its value, ready to be written.
struct Record<'a> {
    number: u32,
    value: Encodable<'a>,
}

enum Encodable<'a> {
    Varint(u64),
    Double(f64),
    Bytes(&'a [u8]),
    /// A message of this many bytes. Its fields are the records that follow.
    Message(usize),
}

impl Encodable<'_> {
    /// The encoded length without the key, in bytes.
    fn len(&self) -> usize {
        let delimited = |len: usize| varint_len(len as u64) + len;
        match self {
            Self::Varint(number) => varint_len(*number),
            Self::Double(_) => size_of::<f64>(),
            Self::Bytes(bytes) => delimited(bytes.len()),
            Self::Message(len) => delimited(*len),
        }
    }
}

/// A message whose records are being collected. Lengths are known before any byte is written.
pub(super) struct Draft<'a> {
    records: Vec<Record<'a>>,
    /// The encoded length of the records of the innermost open message, in bytes.
    len: usize,
}

impl<'a> Draft<'a> {
    pub(super) fn new() -> Self {
        Self { records: Vec::with_capacity(16), len: 0 }
    }

    /// Writes the records to bytes.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(self.len);
        for Record { number, value } in &self.records {
            match value {
                Encodable::Varint(varint) => {
                    put_key(*number, WireType::Varint, &mut buffer);
                    put_varint(*varint, &mut buffer);
                }
                Encodable::Double(double) => {
                    put_key(*number, WireType::SixtyFourBit, &mut buffer);
                    buffer.extend(double.to_le_bytes());
                }
                Encodable::Bytes(bytes) => {
                    put_key(*number, WireType::Delimited, &mut buffer);
                    put_varint(bytes.len() as u64, &mut buffer);
                    buffer.extend_from_slice(bytes);
                }
                Encodable::Message(len) => {
                    put_key(*number, WireType::Delimited, &mut buffer);
                    put_varint(*len as u64, &mut buffer);
                }
            }
        }
        buffer
    }

    /// Adds a field with the value that `make` returns; none for `None`. For a message, `make` adds the
    /// records of its fields.
    fn record(
        &mut self,
        number: u32,
        make: impl FnOnce(&mut Self) -> Result<Option<Encodable<'a>>, Refusal>,
    ) -> Result<(), Refusal> {
        let (outer, at) = (mem::take(&mut self.len), self.records.len());
        self.records.push(Record { number, value: Encodable::Message(0) });
        let value = make(self)?;
        self.len = outer;
        match value {
            Some(value) => {
                self.len += key_len(number) + value.len();
                self.records[at].value = value;
            }
            None => self.records.truncate(at),
        }
        Ok(())
    }

    /// Adds the fields of a message, which has them by name or in order.
    pub(super) fn message(
        &mut self,
        name: &str,
        message: &Message,
        value: &'a Value<'a>,
    ) -> Result<(), Refusal> {
        if let Value::Fields(values) = value {
            let values = values.iter().chain(iter::repeat(&Value::Null));
            return message
                .0
                .iter()
                .zip(values)
                .try_for_each(|(slot, value)| self.slot(slot, value));
        }
        let properties = object(name, value)?;
        message.0.iter().try_for_each(|slot| self.slot(slot, Value::get(properties, slot.name)))
    }

    /// Adds the value of a property.
    fn slot(&mut self, slot: &Slot, value: &'a Value<'a>) -> Result<(), Refusal> {
        let first = &slot.fields[0];
        match (slot.holds, value) {
            (Holds::One, value) => self.field(first, value),
            (Holds::Many, Value::Array(items)) => {
                items.iter().try_for_each(|item| self.present(first, item))
            }
            (Holds::Many, _) => Err(Refusal::wrong_type(slot.name, "an array")),
            (Holds::Map, value) => self.map(slot, value),
            (Holds::Either, Value::Null) => Ok(()),
            (Holds::Either, value) => {
                let properties = object(slot.name, value)?;
                let Value::Text(case) = Value::get(properties, "$case") else {
                    return Err(Refusal::wrong_type("$case", "a string"));
                };
                let field = slot.fields.iter().find(|field| field.name == case);
                let known = || Refusal::wrong_type("$case", "the name of a known member");
                self.present(field.ok_or_else(known)?, Value::get(properties, case))
            }
        }
    }

    /// Adds the entries of a map, in the order of their keys.
    fn map(&mut self, slot: &Slot, value: &'a Value<'a>) -> Result<(), Refusal> {
        let mut entries: Vec<_> = object(slot.name, value)?.iter().collect();
        entries.sort_by(|(key, _), (other, _)| key.cmp(other));
        for (key, value) in entries {
            let texts = [&**key, text(key, value)?];
            self.record(slot.fields[0].number, |entry| {
                for (text, part) in texts.into_iter().zip(MAP_ENTRY.0) {
                    let value = Encodable::Bytes(text.as_bytes());
                    let value = (!text.is_empty()).then_some(value);
                    entry.record(part.fields[0].number, |_| Ok(value))?;
                }
                Ok(Some(Encodable::Message(entry.len)))
            })?;
        }
        Ok(())
    }

    /// Adds a field, unless it has its default value.
    fn field(&mut self, field: &Field, value: &'a Value<'a>) -> Result<(), Refusal> {
        if matches!((&field.kind, value), (Kind::Message(_), Value::Null)) {
            return Ok(());
        }
        self.record(field.number, |draft| {
            let encodable = draft.value(field, value)?;
            let is_default = match &encodable {
                // A 64-bit zero that is not spelled "0" is written, as the encoders of callers do.
                Encodable::Varint(0) => !matches!(value, Value::Text(text) if text != "0"),
                Encodable::Double(number) => number.to_bits() == 0,
                Encodable::Bytes(bytes) => bytes.is_empty(),
                _ => false,
            };
            Ok((!is_default).then_some(encodable))
        })
    }

    /// Adds a field, also with its default value.
    fn present(&mut self, field: &Field, value: &'a Value<'a>) -> Result<(), Refusal> {
        self.record(field.number, |draft| draft.value(field, value).map(Some))
    }

    /// Converts a value to the kind of its field.
    fn value(&mut self, field: &Field, value: &'a Value<'a>) -> Result<Encodable<'a>, Refusal> {
        let name = field.name;
        Ok(match field.kind {
            Kind::Bool => match *value {
                Value::Bool(flag) => Encodable::Varint(flag.into()),
                _ => return Err(Refusal::wrong_type(name, "a boolean")),
            },
            #[expect(clippy::cast_sign_loss, reason = "negative numbers are encoded as 64 bits")]
            Kind::Int32 => Encodable::Varint(i64::from(to_int32(number(name, value)?)?) as u64),
            Kind::Uint32 => Encodable::Varint(to_uint32(number(name, value)?)?.into()),
            #[expect(clippy::cast_sign_loss, reason = "negative numbers are encoded as 64 bits")]
            Kind::Int64 => {
                Encodable::Varint(to_integer::<i64>("int64", text(name, value)?)? as u64)
            }
            Kind::Uint64 => Encodable::Varint(to_integer("uint64", text(name, value)?)?),
            Kind::Double => Encodable::Double(number(name, value)?),
            Kind::Text => Encodable::Bytes(text(name, value)?.as_bytes()),
            Kind::Bytes => match *value {
                Value::Bytes(bytes) => Encodable::Bytes(bytes),
                _ => return Err(Refusal::wrong_type(name, "a Uint8Array")),
            },
            Kind::Message(message) => {
                self.message(name, message, value)?;
                Encodable::Message(self.len)
            }
        })
    }
}

fn object<'a>(name: &str, value: &'a Value<'a>) -> Result<&'a [Property<'a>], Refusal> {
    match value {
        Value::Object(properties) => Ok(properties),
        _ => Err(Refusal::wrong_type(name, "an object")),
    }
}

fn text<'a>(name: &str, value: &'a Value<'a>) -> Result<&'a str, Refusal> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(Refusal::wrong_type(name, "a string")),
    }
}

fn number(name: &str, value: &Value) -> Result<f64, Refusal> {
    match value {
        Value::Number(number) => Ok(*number),
        _ => Err(Refusal::wrong_type(name, "a number")),
    }
}

/// Checks a number for an unsigned 32-bit field.
pub(super) fn to_uint32(number: f64) -> Result<u32, Refusal> {
    if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        return Ok(number as u32);
    }
    Err(Refusal::Range { kind: "uint32", value: number_text(number) })
}

/// Checks a number for a signed 32-bit field.
fn to_int32(number: f64) -> Result<i32, Refusal> {
    if number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, reason = "in range")]
        return Ok(number as i32);
    }
    Err(Refusal::Range { kind: "int32", value: number_text(number) })
}

/// Reads a text as JavaScript's `BigInt` does (ECMA-262, `StringToBigInt`).
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
