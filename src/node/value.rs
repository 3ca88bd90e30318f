//! JavaScript values as the core's untyped values.

use napi::bindgen_prelude::{FromNapiValue, JsObjectValue, Object, Unknown};
use napi::{JsDate, JsValue, Result, ValueType};
use serde::Serialize;

use super::end::settled;
use crate::input::{Given, InputError, Value};

/// Why something was not read: it was refused, or the caller's own code threw, whose exception waits
/// in the engine then.
pub enum Unread {
    /// It was refused.
    Refused(InputError),
    /// It threw.
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

/// The end of an operation that reads what a caller passes.
pub(super) fn read<T: Serialize>(result: std::result::Result<T, Unread>) -> Result<String> {
    match result {
        Ok(done) => settled(Ok::<_, InputError>(done)),
        Err(Unread::Refused(error)) => settled(Err::<T, _>(error)),
        Err(Unread::Thrown(error)) => Err(error),
    }
}

impl Given for Unknown<'_> {
    type Error = Unread;

    fn value(&self) -> std::result::Result<Value, Unread> {
        Ok(value(*self)?)
    }

    fn is_truthy(&self) -> std::result::Result<bool, Unread> {
        Ok(self.coerce_to_bool()?)
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

    fn items(&self) -> std::result::Result<Option<Vec<Self>>, Unread> {
        if !self.is_array()? {
            return Ok(None);
        }
        let array = Object::from_unknown(*self)?;
        let items = (0..array.get_array_length()?).map(|at| array.get_element(at));
        Ok(Some(items.collect::<Result<_>>()?))
    }
}

/// The property `name` of an object that has no accessors.
pub(super) fn field(object: &Object, name: &str) -> Result<Value> {
    value(object.get_named_property(name)?)
}

/// The property `name` of such an object: an array of two, or anything else.
pub(super) fn pair(object: &Object, name: &str) -> Result<Value> {
    let unknown: Unknown = object.get_named_property(name)?;
    if !unknown.is_array()? {
        return value(unknown);
    }
    let array = unknown.coerce_to_object()?;
    Ok(Value::Pair(Box::new([value(array.get_element(0)?)?, value(array.get_element(1)?)?])))
}

pub(super) fn value(unknown: Unknown) -> Result<Value> {
    Ok(match unknown.get_type()? {
        ValueType::Undefined | ValueType::Null => Value::Absent,
        ValueType::String => text(unknown)?,
        ValueType::Number => Value::Number(unknown.coerce_to_number()?.get_double()?),
        ValueType::Boolean => Value::Other("boolean"),
        ValueType::Object => Value::Other("object"),
        ValueType::Function => Value::Other("function"),
        ValueType::Symbol => Value::Other("symbol"),
        ValueType::BigInt => Value::Other("bigint"),
        _ => Value::Other("unknown"),
    })
}

/// UTF-16 that is not well-formed has no UTF-8: it would reach the box as another text.
fn text(unknown: Unknown) -> Result<Value> {
    let utf16 = unknown.coerce_to_string()?.into_utf16()?;
    Ok(utf16.as_str().map_or(Value::Other("ill-formed string"), Value::Text))
}
