//! JavaScript values as the core's untyped values.

use napi::bindgen_prelude::{JsObjectValue, Object, Unknown};
use napi::{JsValue, Result, ValueType};

use crate::input::Value;

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
