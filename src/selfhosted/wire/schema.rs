//! The messages of the protocol, as a table. The build generates it from the .proto file.

/// A message: its slots in the order of the .proto file, oneofs last.
#[derive(Debug)]
pub(super) struct Message(pub &'static [Slot]);

/// A field or a oneof: one property in JavaScript.
#[derive(Debug)]
pub(super) struct Slot {
    /// The name of the property.
    pub name: &'static str,
    pub holds: Holds,
    /// The members of a oneof, or one field.
    pub fields: &'static [Field],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    One,
    Many,
    /// A map of text to text.
    Map,
    /// A oneof.
    Either,
}

#[derive(Debug)]
pub(super) struct Field {
    pub number: u32,
    /// The name in JavaScript: the slot's own, or that of the member of a oneof.
    pub name: &'static str,
    pub kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Bool,
    Int32,
    Uint32,
    /// Decimal text in JavaScript, like `Uint64`.
    Int64,
    Uint64,
    Double,
    Text,
    Bytes,
    Message(&'static Message),
}

impl Slot {
    /// Whether it holds a list or a map.
    #[inline]
    pub(super) fn is_repeated(&self) -> bool {
        matches!(self.holds, Holds::Many | Holds::Map)
    }
}

/// The message that protobuf encodes an entry of a map as.
pub(super) static MAP_ENTRY: Message = Message(&[
    Slot { name: "key", holds: Holds::One, fields: &[text_field(1, "key")] },
    Slot { name: "value", holds: Holds::One, fields: &[text_field(2, "value")] },
]);

const fn text_field(number: u32, name: &'static str) -> Field {
    Field { number, name, kind: Kind::Text }
}

include!(concat!(env!("OUT_DIR"), "/messages.rs"));
