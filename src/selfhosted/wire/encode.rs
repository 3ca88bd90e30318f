//! A message as JavaScript has it, to bytes.
//!
//! In JavaScript a oneof is `{"$case": "fsRead", "fsRead": …}`, and a 64-bit number is decimal
//! text. Bytes come beside the JSON.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
use serde_json::{Map, Value};
use thiserror::Error;

use super::schema::{Field, Holds, Kind, MAP_ENTRY, Message, Slot};
use crate::ecmascript::{number_text, trim};

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

/// A field and its value, on their way into a message.
pub(super) struct Record<'a> {
    number: u32,
    value: Encodable<'a>,
}

enum Encodable<'a> {
    Varint(u64),
    Double(f64),
    Bytes(&'a [u8]),
    Message(Vec<Record<'a>>),
}

impl<'a> From<&'a str> for Encodable<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl Field {
    fn holding<'a>(&self, value: Encodable<'a>) -> Record<'a> {
        Record { number: self.number, value }
    }
}

/// The bytes of a message.
pub(super) fn encoded(records: &[Record]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(len(records));
    write(records, &mut buffer);
    buffer
}

fn len(records: &[Record]) -> usize {
    let delimited = |len: usize| encoded_len_varint(len as u64) + len;
    let value_len = |value: &Encodable| match value {
        Encodable::Varint(number) => encoded_len_varint(*number),
        Encodable::Double(_) => size_of::<f64>(),
        Encodable::Bytes(bytes) => delimited(bytes.len()),
        Encodable::Message(records) => delimited(len(records)),
    };
    records.iter().map(|record| key_len(record.number) + value_len(&record.value)).sum()
}

fn write(records: &[Record], buffer: &mut Vec<u8>) {
    for Record { number, value } in records {
        match value {
            Encodable::Varint(varint) => {
                encode_key(*number, WireType::Varint, buffer);
                encode_varint(*varint, buffer);
            }
            Encodable::Double(double) => {
                encode_key(*number, WireType::SixtyFourBit, buffer);
                buffer.extend(double.to_le_bytes());
            }
            Encodable::Bytes(bytes) => {
                encode_key(*number, WireType::LengthDelimited, buffer);
                encode_varint(bytes.len() as u64, buffer);
                buffer.extend_from_slice(bytes);
            }
            Encodable::Message(records) => {
                encode_key(*number, WireType::LengthDelimited, buffer);
                encode_varint(len(records) as u64, buffer);
                write(records, buffer);
            }
        }
    }
}

/// A property that is not there.
static NULL: Value = Value::Null;

/// Reads messages of JSON.
pub(super) struct Reader<'a> {
    /// The bytes that came beside the JSON. No message has more than one field of them.
    pub bytes: Option<&'a [u8]>,
}

impl<'a> Reader<'a> {
    /// The fields of a message that is called `name`.
    pub(super) fn message(
        &mut self,
        message: &Message,
        name: &str,
        json: &'a Value,
    ) -> Result<Vec<Record<'a>>, Refusal> {
        let json = object(name, json)?;
        let mut records = Vec::new();
        for slot in message.0 {
            self.slot(slot, json.get(slot.name).unwrap_or(&NULL), &mut records)?;
        }
        Ok(records)
    }

    /// Adds what a property says.
    fn slot(
        &mut self,
        slot: &Slot,
        json: &'a Value,
        records: &mut Vec<Record<'a>>,
    ) -> Result<(), Refusal> {
        let first = &slot.fields[0];
        match slot.holds {
            Holds::One => records.extend(self.field(first, json)?),
            Holds::Many => {
                let items = json.as_array();
                for item in items.ok_or_else(|| Refusal::wrong_type(slot.name, "an array"))? {
                    records.push(first.holding(self.value(first, item)?));
                }
            }
            Holds::Map => {
                for (key, value) in object(slot.name, json)? {
                    let texts = [key.as_str(), text(key, value)?].into_iter().zip(MAP_ENTRY.0);
                    let present = texts.filter(|(text, _)| !text.is_empty());
                    let entry = present.map(|(text, slot)| slot.fields[0].holding(text.into()));
                    records.push(first.holding(Encodable::Message(entry.collect())));
                }
            }
            Holds::Either => records.extend(self.either(slot, json)?),
        }
        Ok(())
    }

    /// The member of a oneof, if there is one.
    fn either(&mut self, slot: &Slot, json: &'a Value) -> Result<Option<Record<'a>>, Refusal> {
        if json.is_null() {
            return Ok(None);
        }
        let json = object(slot.name, json)?;
        let case = json.get("$case").and_then(Value::as_str);
        let case = case.ok_or_else(|| Refusal::wrong_type("$case", "a string"))?;
        let field = slot.fields.iter().find(|field| field.name == case);
        let field =
            field.ok_or_else(|| Refusal::wrong_type("$case", "the name of a known member"))?;
        let member = json.get(case).unwrap_or(&NULL);
        Ok(Some(field.holding(self.value(field, member)?)))
    }

    /// A field, left out where it has its default.
    fn field(&mut self, field: &Field, json: &'a Value) -> Result<Option<Record<'a>>, Refusal> {
        if matches!(field.kind, Kind::Message(_)) && json.is_null() {
            return Ok(None);
        }
        let value = self.value(field, json)?;
        let is_default = match &value {
            // Another text of the number zero is not the default.
            Encodable::Varint(0) => json.as_str().is_none_or(|text| text == "0"),
            Encodable::Double(number) => number.to_bits() == 0,
            Encodable::Bytes(bytes) => bytes.is_empty(),
            _ => false,
        };
        Ok((!is_default).then(|| field.holding(value)))
    }

    fn value(&mut self, field: &Field, json: &'a Value) -> Result<Encodable<'a>, Refusal> {
        let name = field.name;
        Ok(match field.kind {
            Kind::Bool => {
                let flag = json.as_bool().ok_or_else(|| Refusal::wrong_type(name, "a boolean"))?;
                Encodable::Varint(flag.into())
            }
            #[expect(clippy::cast_sign_loss, reason = "negative numbers are encoded as 64 bits")]
            Kind::Int32 => Encodable::Varint(i64::from(to_int32(number(name, json)?)?) as u64),
            Kind::Uint32 => Encodable::Varint(to_uint32(number(name, json)?)?.into()),
            #[expect(clippy::cast_sign_loss, reason = "negative numbers are encoded as 64 bits")]
            Kind::Int64 => Encodable::Varint(to_integer::<i64>("int64", text(name, json)?)? as u64),
            Kind::Uint64 => Encodable::Varint(to_integer("uint64", text(name, json)?)?),
            Kind::Double => Encodable::Double(number(name, json)?),
            Kind::Text => text(name, json)?.into(),
            Kind::Bytes => {
                let bytes = self.bytes.take();
                Encodable::Bytes(bytes.ok_or_else(|| Refusal::wrong_type(name, "a Uint8Array"))?)
            }
            Kind::Message(message) => Encodable::Message(self.message(message, name, json)?),
        })
    }
}

fn object<'a>(name: &str, json: &'a Value) -> Result<&'a Map<String, Value>, Refusal> {
    json.as_object().ok_or_else(|| Refusal::wrong_type(name, "an object"))
}

fn text<'a>(name: &str, json: &'a Value) -> Result<&'a str, Refusal> {
    json.as_str().ok_or_else(|| Refusal::wrong_type(name, "a string"))
}

fn number(name: &str, json: &Value) -> Result<f64, Refusal> {
    json.as_f64().ok_or_else(|| Refusal::wrong_type(name, "a number"))
}

/// A number as an unsigned 32-bit field has it.
pub(super) fn to_uint32(number: f64) -> Result<u32, Refusal> {
    if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        return Ok(number as u32);
    }
    Err(Refusal::Range { kind: "uint32", value: number_text(number) })
}

/// A number as a signed 32-bit field has it.
fn to_int32(number: f64) -> Result<i32, Refusal> {
    if number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        #[expect(clippy::cast_possible_truncation, reason = "in range")]
        return Ok(number as i32);
    }
    Err(Refusal::Range { kind: "int32", value: number_text(number) })
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
