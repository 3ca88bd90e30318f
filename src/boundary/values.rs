//! The conversion of plain data to Rust.

use crate::input::{InputError, Value};

/// A type that a [`Value`] is converted to.
pub trait FromValue: Sized {
    /// Reads a value. `field` is its name in an error.
    ///
    /// # Errors
    ///
    /// [`InputError`] where the value is of another type.
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError>;
}

/// A type that is converted to a [`Value`].
pub trait IntoValue {
    /// Makes the value.
    fn into_value(self) -> Value;
}

impl FromValue for Value {
    fn from_value(value: Value, _: &'static str) -> Result<Self, InputError> {
        Ok(value)
    }
}

impl FromValue for () {
    fn from_value(_: Value, _: &'static str) -> Result<Self, InputError> {
        Ok(())
    }
}

/// A text of the host. It can come from a box or an agent, so an ill-formed character is accepted.
impl FromValue for String {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        match value {
            Value::Text(text) | Value::IllFormed(text) => Ok(text),
            other => Err(InputError::wrong_type(field, "a string", &other)),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        match value {
            Value::Flag(flag) => Ok(flag),
            other => Err(InputError::wrong_type(field, "a boolean", &other)),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        match value {
            Value::Number(number) => Ok(number),
            other => Err(InputError::wrong_type(field, "a number", &other)),
        }
    }
}

/// A length or a count that the host returns from the core.
impl FromValue for u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let is_count =
            |number: &f64| number.fract() == 0.0 && (0.0..4_294_967_296.0).contains(number);
        match value {
            Value::Number(number) if is_count(&number) => Ok(number as Self),
            other => Err(InputError::wrong_type(field, "a whole number of 32 bits", &other)),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        match value {
            Value::Absent => Ok(None),
            value => T::from_value(value, field).map(Some),
        }
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        match value {
            Value::List(items) => {
                items.into_iter().map(|item| T::from_value(item, field)).collect()
            }
            other => Err(InputError::wrong_type(field, "an array", &other)),
        }
    }
}

macro_rules! tuples {
    ($($item:ident),+) => {
        impl<$($item: FromValue),+> FromValue for ($($item,)+) {
            fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
                let mut items = Vec::<Value>::from_value(value, field)?.into_iter();
                Ok(($($item::from_value(items.next().unwrap_or(Value::Absent), field)?,)+))
            }
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, C);
tuples!(A, B, C, D);
tuples!(A, B, C, D, E, F);

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(self)
    }
}

impl IntoValue for &str {
    fn into_value(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Flag(self)
    }
}

impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Value::Number(self)
    }
}

impl IntoValue for u32 {
    fn into_value(self) -> Value {
        Value::Number(f64::from(self))
    }
}

impl IntoValue for u64 {
    #[expect(clippy::cast_precision_loss, reason = "lengths are below 2^53")]
    fn into_value(self) -> Value {
        Value::Number(self as f64)
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, T::into_value)
    }
}
