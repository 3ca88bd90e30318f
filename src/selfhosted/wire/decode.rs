//! A message's bytes, to what JavaScript has.
//!
//! Of several values of a field, or of several members of a oneof, the last one counts, and what is not
//! known is left aside.

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde::Serialize;

use super::schema::{Field, Holds, Kind, MAP_ENTRY, MOST_SLOTS, Message, Slot};
use super::{Malformed, View};

/// A message, as its bytes.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub message: &'static Message,
    pub bytes: &'a [u8],
}

/// What a slot holds; by default nothing, which means the default of the field's kind.
#[derive(Clone, Copy, Default)]
pub(super) struct Content<'a> {
    field: Option<&'static Field>,
    value: Scalar<'a>,
}

/// A value as the encoding has it.
#[derive(Clone, Copy, Default)]
struct Scalar<'a> {
    /// A number, or the bits of one.
    number: u64,
    /// A text, bytes or a message.
    bytes: Option<&'a [u8]>,
}

/// The values in a message, each with the number of its field.
struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    #[inline]
    fn read(&mut self) -> Result<(u32, WireType, Scalar<'a>), DecodeError> {
        let rest = &mut self.0;
        let (number, wire_type) = decode_key(rest)?;
        let mut scalar = Scalar::default();
        if wire_type == WireType::Varint {
            scalar.number = decode_varint(rest)?;
            return Ok((number, wire_type, scalar));
        }
        let from = *rest;
        skip_field(wire_type, number, rest, DecodeContext::default())?;
        let mut value = &from[..from.len() - rest.len()];
        match wire_type {
            WireType::SixtyFourBit => {
                scalar.number = value.first_chunk().copied().map_or(0, u64::from_le_bytes);
            }
            WireType::LengthDelimited => {
                decode_varint(&mut value)?;
                scalar.bytes = Some(value);
            }
            _ => {}
        }
        Ok((number, wire_type, scalar))
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = Result<(u32, WireType, Scalar<'a>), DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.read())
    }
}

impl Field {
    #[inline]
    fn is(&self, number: u32, wire_type: WireType) -> bool {
        self.number == number && self.kind.wire_type() == wire_type
    }
}

impl<'a> Encoded<'a> {
    /// What the slots hold, in their order. A list or a map holds its last item, here.
    pub(super) fn contents(
        self,
    ) -> Result<impl Iterator<Item = (&'static Slot, Content<'a>)>, DecodeError> {
        let slots = self.message.0;
        let mut contents = [Content::default(); MOST_SLOTS];
        for value in Values(self.bytes) {
            let (number, wire_type, value) = value?;
            for (slot, content) in slots.iter().zip(&mut contents) {
                if let Some(field) = slot.fields.iter().find(|field| field.is(number, wire_type)) {
                    *content = Content { field: Some(field), value };
                    break;
                }
            }
        }
        Ok(slots.iter().zip(contents))
    }

    /// The items of a list or a map. They are those of a message whose contents have been read.
    fn items(self, field: &Field) -> impl Iterator<Item = Scalar<'a>> {
        Values(self.bytes).filter_map(|value| {
            let (number, wire_type, item) = value.ok()?;
            field.is(number, wire_type).then_some(item)
        })
    }
}

impl<'a> Content<'a> {
    /// The value of a text, bytes or a message.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.value.bytes.unwrap_or_default()
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

/// Writes messages as JSON. By hand, as replies can have thousands of them.
#[derive(Default)]
pub(super) struct Writer<'a> {
    pub json: Vec<u8>,
    /// The fields of bytes, which are left out of the JSON, and what they hold.
    pub bytes: Vec<(&'static str, &'a [u8])>,
    /// Whether there is a number that JSON does not have.
    pub has_non_finite: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn message(&mut self, message: Encoded<'a>) -> Result<(), Malformed> {
        self.json.push(b'{');
        for (slot, content) in message.contents()? {
            if slot.is_bytes() {
                self.bytes.push((slot.name, content.bytes()));
                continue;
            }
            self.key(slot.name);
            self.slot(message, slot, content)?;
            self.json.push(b',');
        }
        self.close(b'}');
        Ok(())
    }

    fn slot(
        &mut self,
        message: Encoded<'a>,
        slot: &'static Slot,
        Content { field, value }: Content<'a>,
    ) -> Result<(), Malformed> {
        let first = &slot.fields[0];
        match slot.holds {
            Holds::One => self.value(first, value)?,
            Holds::Many => {
                self.json.push(b'[');
                for item in message.items(first) {
                    self.value(first, item)?;
                    self.json.push(b',');
                }
                self.close(b']');
            }
            Holds::Map => {
                self.json.push(b'{');
                for Scalar { bytes, .. } in message.items(first) {
                    let bytes = bytes.unwrap_or_default();
                    let entry = Encoded { message: &MAP_ENTRY, bytes };
                    for ((_, content), end) in entry.contents()?.zip(*b":,") {
                        self.text(content.bytes())?;
                        self.json.push(end);
                    }
                }
                self.close(b'}');
            }
            Holds::Either => match field {
                None => self.json(&())?,
                Some(field) => {
                    self.raw("{\"$case\":\"");
                    self.raw(field.name);
                    self.raw("\",");
                    self.key(field.name);
                    self.value(field, value)?;
                    self.json.push(b'}');
                }
            },
        }
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the encoding")]
    fn value(
        &mut self,
        field: &Field,
        Scalar { number, bytes }: Scalar<'a>,
    ) -> Result<(), Malformed> {
        match field.kind {
            Kind::Bool => self.json(&(number != 0)),
            Kind::Int32 => self.json(&(number as i32)),
            Kind::Uint32 => self.json(&(number as u32)),
            Kind::Int64 => self.quoted(&(number as i64)),
            Kind::Uint64 => self.quoted(&number),
            Kind::Double => self.double(f64::from_bits(number)),
            Kind::Text => self.text(bytes.unwrap_or_default()),
            Kind::Message(message) => match bytes {
                Some(bytes) => self.message(Encoded { message, bytes }),
                None => self.json(&()),
            },
            Kind::Bytes => Ok(()),
        }
    }

    /// The name of each field, and from where to where its bytes are: one list, as that is the fastest
    /// to read.
    pub(super) fn views(&mut self, views: &[View]) -> Result<(), Malformed> {
        self.json.push(b'[');
        for View { field, range } in views {
            self.json(field)?;
            for end in [range.start, range.end] {
                self.json.push(b',');
                self.json(&end)?;
            }
            self.json.push(b',');
        }
        self.close(b']');
        Ok(())
    }

    fn quoted(&mut self, number: &impl Serialize) -> Result<(), Malformed> {
        self.json.push(b'"');
        self.json(number)?;
        self.json.push(b'"');
        Ok(())
    }

    /// JSON has no numbers that are not finite: they are `{"$nonFinite": n}`, and are `n / 0`.
    fn double(&mut self, number: f64) -> Result<(), Malformed> {
        if number.is_finite() {
            return self.json(&number);
        }
        self.has_non_finite = true;
        self.raw("{\"$nonFinite\":");
        self.json(&if number.is_nan() { 0.0 } else { number.signum() })?;
        self.json.push(b'}');
        Ok(())
    }

    /// One bad byte in a file name must not cost a whole reply.
    fn text(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        match str::from_utf8(bytes) {
            Ok(text) => self.json(text),
            Err(_) => self.json(&*String::from_utf8_lossy(bytes)),
        }
    }

    pub(super) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Malformed> {
        Ok(serde_json::to_writer(&mut self.json, value)?)
    }

    /// The name of a property.
    fn key(&mut self, name: &str) {
        self.json.push(b'"');
        self.raw(name);
        self.raw("\":");
    }

    /// Ends what has a comma after each of its parts.
    fn close(&mut self, bracket: u8) {
        if self.json.ends_with(b",") {
            self.json.pop();
        }
        self.json.push(bracket);
    }

    pub(super) fn raw(&mut self, json: &str) {
        self.json.extend_from_slice(json.as_bytes());
    }
}
