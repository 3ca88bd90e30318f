//! The calls that an operation may ask its host for.

use super::host::Host;
use super::values::IntoValue;
use crate::shell::{Held, Reply, Thrown};

/// Defines a method of [`Host`] for each call: its name, its arguments in their order, and the answer.
macro_rules! calls {
    ($($(#[doc = $doc:literal])+ $method:ident $name:literal ($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Host {
            $($(#[doc = $doc])+
            ///
            /// # Errors
            ///
            /// With what the host threw, or the reason for which the operation is cancelled.
            pub(super) async fn $method(&self, $($arg: $type),*) -> Result<$answer, Thrown> {
                self.call($name, vec![$($arg.into_value()),*]).await
            })*
        }

        /// The calls as TypeScript has them.
        #[cfg(test)]
        pub(super) fn declarations() -> Vec<super::types::Declaration> {
            vec![$(super::types::Declaration {
                doc: concat!($($doc),+),
                name: $name,
                args: vec![$((stringify!($arg), <$type as super::types::Shape>::shape())),*],
                result: <$answer as super::types::Shape>::shape(),
            }),*]
        }
    };
}

calls! {
    /// Whether the session can run commands.
    can_exec "session.canExec" () -> bool;
    /// Runs a command; nothing where the session cannot.
    exec "session.exec" (
        cmd: String, yield_time_ms: u32, max_output_tokens: Option<u32>, run_as: Option<String>
    ) -> Option<Reply>;
    /// Runs a command and keeps its texts, of which only the lengths are told.
    exec_held "session.execHeld" (
        cmd: String, yield_time_ms: u32, max_output_tokens: Option<u32>, run_as: Option<String>
    ) -> Option<Reply<Held>>;
    /// Keeps what is known of the session's channel for the next operation.
    remember "session.remember" (through: u64, patience: u32) -> ();
}
