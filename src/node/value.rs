//! JavaScript values as the core's untyped values.

use napi::bindgen_prelude::{JsObjectValue, Object, Unknown};
use napi::{JsValue, Result, ValueType};

use crate::input::Value;

/// The property `name` of an object that has no accessors.
pub(super) fn field(object: &Object, name: &str) -> Result<Value> {
    value(object.get_named_property(name)?)
}

pub(super) fn value(unknown: Unknown) -> Result<Value> {
    Ok(match unknown.get_type()? {
        ValueType::Undefined | ValueType::Null => Value::Absent,
        ValueType::String => Value::Text(unknown.coerce_to_string()?.into_utf8()?.into_owned()?),
        ValueType::Number => Value::Number(unknown.coerce_to_number()?.get_double()?),
        ValueType::Object if unknown.is_array()? => list(&unknown.coerce_to_object()?)?,
        ValueType::Boolean => Value::Other("boolean"),
        ValueType::Object => Value::Other("object"),
        ValueType::Function => Value::Other("function"),
        ValueType::Symbol => Value::Other("symbol"),
        ValueType::BigInt => Value::Other("bigint"),
        _ => Value::Other("unknown"),
    })
}

fn list(array: &Object) -> Result<Value> {
    (0..array.get_array_length()?)
        .map(|at| value(array.get_element(at)?))
        .collect::<Result<_>>()
        .map(Value::List)
}
