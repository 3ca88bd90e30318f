//! Messages to encode, as trees. They come from JavaScript, or from the core itself.

use std::borrow::Cow;
use std::fmt::{self, Formatter};

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value to encode, in the form that it has in JavaScript: a oneof is an object with the member's name
/// as `$case`, and a 64-bit number is decimal text.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value<'a> {
    /// No value.
    #[default]
    Null,
    /// A flag.
    Bool(bool),
    /// A number of up to 32 bits, a double or a value of an enum.
    Number(f64),
    /// A text, or a 64-bit number.
    Text(Cow<'a, str>),
    /// The value of a field of bytes.
    Bytes(&'a [u8]),
    /// A list.
    Array(Vec<Value<'a>>),
    /// A message: the values of its fields in the order of the .proto file, oneofs last.
    Fields(Vec<Value<'a>>),
    /// A message, a map or a oneof: its properties by name.
    Object(Vec<Property<'a>>),
}

/// A name and a value.
pub type Property<'a> = (Cow<'a, str>, Value<'a>);

impl<'a> Value<'a> {
    /// A message or a map.
    #[must_use]
    pub fn object<const N: usize>(properties: [(&'a str, Self); N]) -> Self {
        Self::Object(properties.map(|(name, value)| (name.into(), value)).into())
    }

    /// A oneof that holds `member`.
    #[must_use]
    pub fn case(case: &'a str, member: Self) -> Self {
        Self::object([("$case", case.into()), (case, member)])
    }

    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The value of the property `name`, `Null` without one. Of several the last one counts.
    pub(super) fn get<'b>(properties: &'b [Property<'a>], name: &str) -> &'b Self {
        let property = properties.iter().rev().find(|(key, _)| key == name);
        property.map_or(&Self::Null, |(_, value)| value)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::Array(items)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript's numbers are doubles")]
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "JavaScript's numbers are doubles")]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut array = Vec::with_capacity(4);
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some((Name(name), value)) = properties.next_entry()? {
            object.push((name, value));
        }
        Ok(Value::Object(object))
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
