//! The conversion of JavaScript values to plain data, and back.

use napi::bindgen_prelude::{
    FromNapiValue, JsObjectValue, Null, Object, ToNapiValue, TypeName, Uint8Array, Unknown,
    Utf16String, ValidateNapiValue, type_of,
};
use napi::{JsDate, JsValue, KeyCollectionMode, KeyConversion, KeyFilter, Result, ValueType, sys};
use napi_derive::napi;

use crate::boundary;
use crate::input::{Given, InputError, Value};

/// The reason why a value was not read. After a throw of the caller's code, the exception is pending in the
/// engine.
pub enum Unread {
    /// The value was refused.
    Refused(InputError),
    /// The caller's code threw.
    Thrown(napi::Error),
}

impl From<InputError> for Unread {
    fn from(error: InputError) -> Self {
        Self::Refused(error)
    }
}

impl From<napi::Error> for Unread {
    fn from(error: napi::Error) -> Self {
        Self::Thrown(error)
    }
}

/// The answer to a question about a caller's object, or its failure, as JSON.
#[napi(catch_unwind)]
pub fn inquire(name: String, args: Vec<Unknown>) -> Result<String> {
    match boundary::inquire(&name, args) {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(Unread::Refused(error))) => Ok(boundary::end(Err::<(), _>(error))),
        Some(Err(Unread::Thrown(error))) => Err(error),
        None => Err(napi::Error::from_reason(format!("no such question is called {name}"))),
    }
}

impl Given for Unknown<'_> {
    type Error = Unread;

    fn value(&self) -> std::result::Result<Value, Unread> {
        Ok(match Value::from_unknown(*self)? {
            Value::List(_) => Value::Other("object"),
            value => value,
        })
    }

    fn is_truthy(&self) -> std::result::Result<bool, Unread> {
        Ok(self.coerce_to_bool()?)
    }

    fn is_undefined(&self) -> std::result::Result<bool, Unread> {
        Ok(self.get_type()? == ValueType::Undefined)
    }

    fn spelled(&self) -> std::result::Result<String, Unread> {
        Ok(self.coerce_to_string()?.into_utf8()?.into_owned()?)
    }

    fn date(&self) -> std::result::Result<Option<f64>, Unread> {
        if !self.is_date()? {
            return Ok(None);
        }
        Ok(Some(JsDate::from_unknown(*self)?.value_of()?))
    }

    fn field(&self, name: &str) -> std::result::Result<Option<Self>, Unread> {
        let is_object = matches!(self.get_type()?, ValueType::Object | ValueType::Function);
        let field = is_object.then(|| Object::from_unknown(*self)?.get_named_property(name));
        Ok(field.transpose()?)
    }

    fn names(&self) -> std::result::Result<Vec<String>, Unread> {
        if self.get_type()? != ValueType::Object {
            return Ok(Vec::new());
        }
        let names = Object::from_unknown(*self)?.get_all_property_names(
            KeyCollectionMode::OwnOnly,
            KeyFilter::SkipSymbols,
            KeyConversion::NumbersToStrings,
        )?;
        let names = (0..names.get_array_length()?).map(|at| names.get_element(at));
        Ok(names.collect::<Result<_>>()?)
    }

    fn items(&self, most: usize) -> std::result::Result<Option<Vec<Self>>, Unread> {
        if !self.is_array()? {
            return Ok(None);
        }
        let array = Object::from_unknown(*self)?;
        let items = (0..array.get_array_length()?).take(most).map(|at| array.get_element(at));
        Ok(Some(items.collect::<Result<_>>()?))
    }

    fn bytes<T>(&self, read: impl FnOnce(&[u8]) -> T) -> std::result::Result<Option<T>, Unread> {
        if !self.is_typedarray()? {
            return Ok(None);
        }
        // Of the typed arrays, only a `Uint8Array` is one.
        let bytes = <&[u8]>::from_unknown(*self).ok();
        Ok(bytes.map(read))
    }
}

/// The greatest length of an array that is plain data. The arrays of this package are shorter. Of a caller's
/// array, only the type matters.
const LONGEST: u32 = 64;
/// The greatest depth of nested arrays that are plain data.
const DEEPEST: u32 = 2;

impl TypeName for Value {
    fn type_name() -> &'static str {
        "unknown"
    }

    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

impl ValidateNapiValue for Value {}

#[expect(unsafe_code, reason = "conversions of napi are unsafe functions")]
impl FromNapiValue for Value {
    /// # Safety
    ///
    /// As the trait demands: `value` is a live value of `env`, on its thread.
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: The requirements of this function are those of the called one.
        unsafe { within(env, value, DEEPEST) }
    }
}

/// Converts a value with arrays that are nested up to `depth` deep.
///
/// # Safety
///
/// `value` is a live value of `env`, on its thread.
#[expect(unsafe_code, reason = "conversions of napi are unsafe functions")]
unsafe fn within(env: sys::napi_env, value: sys::napi_value, depth: u32) -> Result<Value> {
    // SAFETY: The requirements of this function are those of the called ones. Each conversion is of the type that
    // was found.
    unsafe {
        Ok(match type_of!(env, value)? {
            ValueType::Undefined | ValueType::Null => Value::Absent,
            ValueType::String => text(env, value)?,
            ValueType::Number => Value::Number(f64::from_napi_value(env, value)?),
            ValueType::Boolean => Value::Flag(bool::from_napi_value(env, value)?),
            ValueType::Object => {
                let unknown = Unknown::from_napi_value(env, value)?;
                if depth == 0 || !unknown.is_array()? {
                    return Ok(Value::Other("object"));
                }
                let array = unknown.coerce_to_object()?;
                let length = array.get_array_length()?;
                if length > LONGEST {
                    return Ok(Value::Other("object"));
                }
                let items = (0..length).map(|at| {
                    let item: Unknown = array.get_element(at)?;
                    within(env, item.raw(), depth - 1)
                });
                Value::List(items.collect::<Result<_>>()?)
            }
            ValueType::Function => Value::Other("function"),
            ValueType::Symbol => Value::Other("symbol"),
            ValueType::BigInt => Value::Other("bigint"),
            _ => Value::Other("unknown"),
        })
    }
}

/// Converts a string. Ill-formed UTF-16 has no UTF-8, and would reach the box as another text, so it is marked.
///
/// # Safety
///
/// `value` is a string of `env`.
#[expect(unsafe_code, reason = "conversions of napi are unsafe functions")]
unsafe fn text(env: sys::napi_env, value: sys::napi_value) -> Result<Value> {
    // SAFETY: The requirements of this function are those of the called one.
    let (text, utf16) = unsafe {
        let text = String::from_napi_value(env, value)?;
        // Ill-formed parts have become this character, which the text itself can have, too.
        if !text.contains('\u{fffd}') {
            return Ok(Value::Text(text));
        }
        (text, Utf16String::from_napi_value(env, value)?)
    };
    let is_well_formed = char::decode_utf16(utf16.iter().copied()).all(|unit| unit.is_ok());
    Ok(if is_well_formed { Value::Text(text) } else { Value::IllFormed(text) })
}

#[expect(unsafe_code, reason = "conversions of napi are unsafe functions")]
impl ToNapiValue for Value {
    /// # Safety
    ///
    /// As the trait demands: on the thread of `env`.
    unsafe fn to_napi_value(env: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        // SAFETY: The requirements of this function are those of the called one.
        unsafe {
            match value {
                Self::Absent | Self::Other(_) => Null::to_napi_value(env, Null),
                Self::Text(text) | Self::IllFormed(text) => String::to_napi_value(env, text),
                Self::Number(number) => f64::to_napi_value(env, number),
                Self::Flag(flag) => bool::to_napi_value(env, flag),
                Self::List(items) => Vec::to_napi_value(env, items),
                Self::Bytes(bytes) => Uint8Array::to_napi_value(env, bytes.into()),
            }
        }
    }
}
