//! Decodes the bytes of a message to a tape, which JavaScript reads.
//!
//! Of several values of a field, or of several members of a oneof, the last one counts. Unknown fields are
//! skipped.

use std::borrow::Cow;
use std::fmt::{Display, Write};

use super::format::{Payload, Records, WireType};
use super::schema::{Field, Holds, Kind, MAP_ENTRY, MOST_SLOTS, Message, Slot};
use crate::selfhosted::control::AgentError;

use super::{MAX_ITEMS, MAX_TEXT, Malformed};

/// A message, as its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoded<'a> {
    pub message: &'static Message,
    pub bytes: &'a [u8],
}

/// A field of a slot and its value; `None` means the default value.
type Content<'a> = Option<(&'static Field, Payload<'a>)>;

/// The content of a slot. Of a list or a map it is the last item.
#[derive(Clone, Copy, Default)]
pub(super) struct Held<'a> {
    pub content: Content<'a>,
    /// The number of values, for a list or a map.
    count: usize,
}

impl Field {
    #[inline]
    fn is(&self, number: u32, payload: &Payload) -> bool {
        self.number == number && payload.is(self.kind.wire_type())
    }
}

impl Kind {
    #[inline]
    fn wire_type(&self) -> WireType {
        match self {
            Self::Double => WireType::SixtyFourBit,
            Self::Text | Self::Bytes | Self::Message(_) => WireType::Delimited,
            _ => WireType::Varint,
        }
    }
}

impl<'a> Encoded<'a> {
    /// The slots with their contents, in order.
    #[inline]
    pub(super) fn contents(
        self,
    ) -> Result<impl Iterator<Item = (&'static Slot, Held<'a>)>, Malformed> {
        let slots = self.message.0;
        let mut contents = [Held::default(); MOST_SLOTS];
        for record in Records(self.bytes) {
            let (number, payload) = record?;
            for (slot, held) in slots.iter().zip(&mut contents) {
                if let Some(field) = slot.fields.iter().find(|field| field.is(number, &payload)) {
                    held.content = Some((field, payload));
                    held.count += 1;
                    // Items beyond the limit are not read.
                    if held.count > MAX_ITEMS && slot.is_repeated() {
                        return Err(Malformed::Items);
                    }
                    break;
                }
            }
        }
        Ok(slots.iter().zip(contents))
    }

    /// The items of a list or a map. [`Self::contents`] has already found the message well-formed.
    fn items(self, field: &Field) -> impl Iterator<Item = &'a [u8]> {
        Records(self.bytes).filter_map(|record| match record {
            Ok((number, payload @ Payload::Delimited(bytes))) if field.is(number, &payload) => {
                Some(bytes)
            }
            _ => None,
        })
    }

    /// The value of the field `name`; `None` for a message, a list or a map.
    pub(super) fn scalar(self, name: &str) -> Option<Scalar<'a>> {
        let (slot, held) = self.contents().ok()?.find(|(slot, _)| slot.name == name)?;
        let field = (slot.holds == Holds::One).then_some(&slot.fields[0])?;
        Scalar::of(&field.kind, held.content.map(|(_, payload)| payload))
    }

    /// The message in the field `name`, with the field's own name.
    pub(super) fn message(self, name: &str) -> Option<(&'static str, Self)> {
        let (_, held) = self.contents().ok()?.find(|(slot, _)| slot.name == name)?;
        let (field, payload) = held.content?;
        let Kind::Message(message) = field.kind else { return None };
        Some((field.name, Self { message, bytes: payload.bytes() }))
    }
}

/// The value of a field that is no message.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// A flag.
    Bool(bool),
    /// A number of up to 32 bits, a double or a value of an enum.
    Number(f64),
    /// A signed 64-bit number.
    Int64(i64),
    /// A 64-bit number.
    Uint64(u64),
    /// A text, with U+FFFD in place of bytes that are not UTF-8.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Scalar<'a> {
    /// The value, or the default of its kind without one; `None` for a message.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the encoding")]
    fn of(kind: &Kind, payload: Option<Payload<'a>>) -> Option<Self> {
        let number = payload.map_or(0, Payload::number);
        let bytes = payload.map_or(&[][..], Payload::bytes);
        Some(match kind {
            Kind::Bool => Self::Bool(number != 0),
            Kind::Int32 => Self::Number(f64::from(number as i32)),
            Kind::Uint32 => Self::Number(f64::from(number as u32)),
            Kind::Int64 => Self::Int64(number.cast_signed()),
            Kind::Uint64 => Self::Uint64(number),
            Kind::Double => Self::Number(f64::from_bits(number)),
            // A bad byte in one file name does not make the whole reply malformed.
            Kind::Text => Self::Text(match str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => String::from_utf8_lossy(bytes),
            }),
            Kind::Bytes => Self::Bytes(bytes),
            Kind::Message(_) => return None,
        })
    }
}

impl<'a> Payload<'a> {
    /// The bytes of a text, bytes or a message.
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Delimited(bytes) => bytes,
            _ => &[],
        }
    }

    /// A number, or the bits of one.
    fn number(self) -> u64 {
        match self {
            Self::Varint(number) | Self::SixtyFourBit(number) => number,
            _ => 0,
        }
    }
}

/// A decoded message as it crosses to JavaScript, where the generated `js/selfhosted/protocol.js` makes
/// objects of it.
///
/// The fields of a message follow each other in the order of the .proto file, oneofs last. A field puts
/// numbers on the tape, by its kind:
///
/// - a number, an enum or a flag: the number itself;
/// - a text or a 64-bit number: its length in `text`, in UTF-16 code units;
/// - bytes: the offsets of their beginning and end in the reply;
/// - a list or a map: the number of items, then the items;
/// - a message: 0 where it is absent, else 1 and its fields;
/// - a oneof: 0 where it is absent, else the member's place, from 1, and the member.
///
/// The first number is 1 for a response. It is 0 for an error in place of one: its code, its message and
/// its retryability follow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tape {
    /// All texts, one after the other.
    pub text: String,
    /// All numbers, in order.
    pub numbers: Vec<f64>,
}

impl Tape {
    pub(super) fn of_response() -> Self {
        let mut tape = Self { text: String::with_capacity(256), numbers: Vec::with_capacity(32) };
        tape.number(1);
        tape
    }

    /// The tape of an error in place of a response.
    #[must_use]
    pub fn of_error(AgentError { code, message, retryable }: &AgentError) -> Self {
        let mut tape = Self::default();
        tape.number(0);
        tape.number(*code);
        tape.text(message);
        tape.number(*retryable);
        tape
    }

    /// Appends a number.
    fn number(&mut self, number: impl Into<f64>) {
        self.numbers.push(number.into());
    }

    /// Appends a text.
    fn text(&mut self, text: &str) {
        let is_ascii = text.is_ascii();
        self.count(if is_ascii { text.len() } else { text.encode_utf16().count() });
        self.text.push_str(text);
    }

    /// Appends a 64-bit number, as decimal text.
    fn decimal(&mut self, number: impl Display) {
        let from = self.text.len();
        // Writing to a `String` does not fail.
        let _ = write!(self.text, "{number}");
        self.count(self.text.len() - from);
    }

    /// Appends a length or an offset.
    #[expect(clippy::cast_precision_loss, reason = "no reply is that long")]
    fn count(&mut self, count: usize) {
        self.numbers.push(count as f64);
    }
}

/// Writes messages to a tape.
pub(super) struct Recorder<'a> {
    pub tape: Tape,
    reply: &'a [u8],
    /// The number of items of all lists and maps so far.
    items: usize,
    /// The length of all texts so far, in bytes of UTF-8.
    text: usize,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(tape: Tape, reply: &'a [u8]) -> Self {
        Self { tape, reply, items: 0, text: 0 }
    }

    fn message(&mut self, message: Encoded<'a>) -> Result<(), Malformed> {
        for (slot, held) in message.contents()? {
            self.slot(message, slot, held)?;
        }
        Ok(())
    }

    pub(super) fn slot(
        &mut self,
        message: Encoded<'a>,
        slot: &'static Slot,
        Held { content, count }: Held<'a>,
    ) -> Result<(), Malformed> {
        let first = &slot.fields[0];
        match (slot.holds, content) {
            (Holds::One, content) => self.value(first, content.map(|(_, payload)| payload)),
            (_, None) => {
                self.tape.number(0);
                Ok(())
            }
            (Holds::Many, Some(_)) => {
                self.items(count)?;
                message.items(first).try_for_each(|bytes| match first.kind {
                    Kind::Message(message) => self.message(Encoded { message, bytes }),
                    _ => self.value(first, Some(Payload::Delimited(bytes))),
                })
            }
            (Holds::Map, Some(_)) => {
                self.items(count)?;
                message
                    .items(first)
                    .try_for_each(|bytes| self.message(Encoded { message: &MAP_ENTRY, bytes }))
            }
            (Holds::Either, Some((field, payload))) => {
                let case = slot.fields.iter().take_while(|other| other.number != field.number);
                self.tape.count(case.count() + 1);
                match (&field.kind, payload) {
                    (&Kind::Message(message), payload) => {
                        self.message(Encoded { message, bytes: payload.bytes() })
                    }
                    (_, payload) => self.value(field, Some(payload)),
                }
            }
        }
    }

    /// Appends the number of items of a list or a map, and checks the limit before the items are read.
    fn items(&mut self, count: usize) -> Result<(), Malformed> {
        self.items += count;
        if self.items > MAX_ITEMS {
            return Err(Malformed::Items);
        }
        self.tape.count(count);
        Ok(())
    }

    fn value(&mut self, field: &Field, payload: Option<Payload<'a>>) -> Result<(), Malformed> {
        match Scalar::of(&field.kind, payload) {
            Some(Scalar::Bool(flag)) => self.tape.number(flag),
            Some(Scalar::Number(number)) => self.tape.number(number),
            Some(Scalar::Int64(number)) => self.tape.decimal(number),
            Some(Scalar::Uint64(number)) => self.tape.decimal(number),
            Some(Scalar::Text(text)) => self.text(&text)?,
            Some(Scalar::Bytes(bytes)) => self.view(bytes),
            None => self.tape.number(payload.is_some()),
        }
        match (&field.kind, payload) {
            (&Kind::Message(message), Some(payload)) => {
                self.message(Encoded { message, bytes: payload.bytes() })
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        self.text += text.len();
        if self.text > MAX_TEXT {
            return Err(Malformed::Text);
        }
        self.tape.text(text);
        Ok(())
    }

    /// Appends the place of bytes in the reply. Empty bytes have the offsets 0 and 0.
    fn view(&mut self, bytes: &[u8]) {
        let is_empty = bytes.is_empty();
        let from =
            if is_empty { 0 } else { bytes.as_ptr() as usize - self.reply.as_ptr() as usize };
        self.tape.count(from);
        self.tape.count(from + bytes.len());
    }
}
