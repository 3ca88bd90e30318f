//! Questions that the core answers by itself, by name.

use serde::Serialize;

use super::failure::{End, Failure};
use super::values::FromValue;
use crate::input::Value;
use crate::recording::{self, Codec};
use crate::resolution::{self, RoutedToItself};

/// Defines [`ask`]: the name of each question, its arguments in their order, and the answer.
macro_rules! questions {
    ($($(#[doc = $doc:literal])+ $name:literal ($($arg:ident: $type:ty),*) -> $output:ty $body:block)*) => {
        /// JSON of the answer to the question called `name`, or of why there is none; `None` where
        /// there is no such question.
        #[must_use]
        pub fn ask(name: &str, args: Vec<Value>) -> Option<String> {
            let mut args = args.into_iter();
            match name {
                $($name => {
                    $(let $arg = <$type>::from_value(args.next().unwrap_or(Value::Absent), stringify!($arg));)*
                    Some(answered::<$output>(move || { $(let $arg = $arg?;)* Ok($body) }))
                })*
                _ => None,
            }
        }

        /// The questions as TypeScript has them.
        #[cfg(test)]
        pub(super) fn declarations() -> Vec<super::types::Declaration> {
            vec![$(super::types::Declaration {
                doc: concat!($($doc),+),
                name: $name,
                args: vec![$((stringify!($arg), <$type as super::types::Shape>::shape())),*],
                result: <$output as super::types::Shape>::shape(),
            }),*]
        }
    };
}

fn answered<T: Serialize>(answer: impl FnOnce() -> Result<T, Failure>) -> String {
    End::text(answer())
}

questions! {
    /// The media type of a codec's container.
    "contentTypeForCodec" (codec: Value) -> &'static str { Codec::from_value(&codec)?.content_type() }
    /// The file name extension of a codec's container.
    "extForCodec" (codec: Value) -> &'static str { Codec::from_value(&codec)?.extension() }
    /// The key of a recording in object storage.
    "recordingStorageKey" (workspace: Value, session: Value, recording: Value, codec: Value) -> String {
        recording::storage_key(workspace, session, recording, &codec)?
    }
    /// Whether a desktop is used through the session's own methods.
    "hasNativeDesktop" (has_input: bool, has_screenshot: bool) -> bool {
        resolution::has_native_desktop(has_input, has_screenshot)
    }
    /// Fails with what is wrong with an epoch, if anything is.
    "checkEpoch" (active_epoch: Value) -> () { resolution::check_epoch(&active_epoch)?; }
    /// Fails, for a resolver that has handed out the session that asks it.
    "refuseItself" () -> () { Err(RoutedToItself)? }
}
