//! A message's bytes, to what JavaScript has.
//!
//! Of several values of a field, or of several members of a oneof, the last one counts, and what is not
//! known is left aside.

use std::borrow::Cow;

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};

use super::schema::{Field, Holds, Kind, MAP_ENTRY, Message, Slot};

/// A message, as its bytes.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub message: &'static Message,
    pub bytes: &'a [u8],
}

/// What a slot holds; by default nothing, which means the default of the field's kind.
#[derive(Clone, Default)]
pub(super) struct Content<'a> {
    pub field: Option<&'static Field>,
    /// A number, or the bits of one.
    number: u64,
    /// A text, bytes or a message; the items of a list or a map.
    pub values: Vec<&'a [u8]>,
}

impl<'a> Encoded<'a> {
    /// What the slots hold, in their order.
    pub(super) fn contents(&self) -> Result<Vec<(&'static Slot, Content<'a>)>, DecodeError> {
        let slots = self.message.0.iter();
        let mut contents: Vec<_> = slots.map(|slot| (slot, Content::default())).collect();
        let mut rest = self.bytes;
        while !rest.is_empty() {
            let (number, wire_type) = decode_key(&mut rest)?;
            let from = rest;
            skip_field(wire_type, number, &mut rest, DecodeContext::default())?;
            let value = &from[..from.len() - rest.len()];
            for (slot, content) in &mut contents {
                let mut fields = slot.fields.iter();
                let is_known =
                    |field: &&Field| field.number == number && field.kind.wire_type() == wire_type;
                if let Some(field) = fields.find(is_known) {
                    content.take(slot, field, value)?;
                }
            }
        }
        Ok(contents)
    }
}

impl<'a> Content<'a> {
    /// The value of a text, bytes or a message.
    pub(super) fn last(&self) -> &'a [u8] {
        self.values.last().copied().unwrap_or_default()
    }

    /// Takes another value of a field.
    fn take(
        &mut self,
        slot: &Slot,
        field: &'static Field,
        mut value: &'a [u8],
    ) -> Result<(), DecodeError> {
        match field.kind.wire_type() {
            WireType::SixtyFourBit => {
                self.number = value.first_chunk().copied().map_or(0, u64::from_le_bytes);
            }
            WireType::LengthDelimited => {
                decode_varint(&mut value)?;
                if !matches!(slot.holds, Holds::Many | Holds::Map) {
                    self.values.clear();
                }
                self.values.push(value);
            }
            _ => self.number = decode_varint(&mut value)?,
        }
        self.field = Some(field);
        Ok(())
    }
}

impl Kind {
    fn wire_type(&self) -> WireType {
        match self {
            Self::Double => WireType::SixtyFourBit,
            Self::Text | Self::Bytes | Self::Message(_) => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }
}

/// All but its bytes.
impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut properties = serializer.serialize_map(None)?;
        for (slot, content) in &self.contents().map_err(S::Error::custom)? {
            if !slot.is_bytes() {
                properties.serialize_entry(slot.name, &Property { slot, content })?;
            }
        }
        properties.end()
    }
}

struct Property<'a> {
    slot: &'static Slot,
    content: &'a Content<'a>,
}

impl Serialize for Property<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Content { field, number, values } = self.content;
        let first = &self.slot.fields[0];
        match self.slot.holds {
            Holds::One => {
                let bytes = values.last().copied();
                Value { field: first, number: *number, bytes }.serialize(serializer)
            }
            Holds::Many => serializer.collect_seq(values.iter().map(|&item| Value {
                field: first,
                number: 0,
                bytes: Some(item),
            })),
            Holds::Map => {
                let mut entries = serializer.serialize_map(None)?;
                for bytes in values {
                    let entry = Encoded { message: &MAP_ENTRY, bytes };
                    let texts = entry.contents().map_err(S::Error::custom)?;
                    let [key, value] = [0, 1].map(|index| text(texts[index].1.last()));
                    entries.serialize_entry(&key, &value)?;
                }
                entries.end()
            }
            Holds::Either => {
                let Some(field) = field else {
                    return serializer.serialize_none();
                };
                let mut oneof = serializer.serialize_map(None)?;
                oneof.serialize_entry("$case", field.name)?;
                let bytes = values.last().copied();
                oneof.serialize_entry(field.name, &Value { field, number: *number, bytes })?;
                oneof.end()
            }
        }
    }
}

struct Value<'a> {
    field: &'static Field,
    number: u64,
    bytes: Option<&'a [u8]>,
}

impl Serialize for Value<'_> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the encoding")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { field, number, bytes } = *self;
        match field.kind {
            Kind::Bool => serializer.serialize_bool(number != 0),
            Kind::Int32 => serializer.serialize_i32(number as i32),
            Kind::Uint32 => serializer.serialize_u32(number as u32),
            Kind::Int64 => serializer.collect_str(&(number as i64)),
            Kind::Uint64 => serializer.collect_str(&number),
            Kind::Double => serialize_double(f64::from_bits(number), serializer),
            Kind::Text => serializer.serialize_str(&text(bytes.unwrap_or_default())),
            Kind::Message(message) => {
                bytes.map(|bytes| Encoded { message, bytes }).serialize(serializer)
            }
            Kind::Bytes => serializer.serialize_none(),
        }
    }
}

/// One bad byte in a file name must not cost a whole reply.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// JSON has no numbers that are not finite: they are `{"$nonFinite": n}`, and are `n / 0`.
fn serialize_double<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.is_finite() {
        return serializer.serialize_f64(number);
    }
    let sign = if number.is_nan() { 0.0 } else { number.signum() };
    let mut properties = serializer.serialize_map(None)?;
    properties.serialize_entry("$nonFinite", &sign)?;
    properties.end()
}
