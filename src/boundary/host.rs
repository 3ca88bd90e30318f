//! The host's side of an operation: the calls, and their answers.

use std::cell::Cell;
use std::rc::Rc;

use super::values::FromValue;
use crate::container::Container;
use crate::flow::{Cancelled, Port};
use crate::input::Value;
use crate::payload::Decoded;
use crate::selfhosted::session::Response;
use crate::shell::{Digest, Frame, Instant, Thrown};

/// A call of a method of the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The target and the method, as in `session.exec`.
    pub method: &'static str,
    /// The arguments, in their order.
    pub args: Vec<Value>,
    /// The kind of the answer.
    pub expects: Expects,
}

/// The kind of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Expects {
    /// Plain data.
    Value,
    /// The result of decoding a text that stays with the host.
    Decoded(Frame),
    /// Digests of parts of the bytes that stay with the host.
    Digests,
    /// The container of the bytes that stay with the host.
    Container,
    /// The reply to the request of this name.
    Reply(String),
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Expects::Value`], with the time.
    Value(Value, Instant),
    /// To [`Expects::Decoded`].
    Decoded(Decoded),
    /// To [`Expects::Digests`].
    Digests(Vec<Digest>),
    /// To [`Expects::Container`].
    Container(Container),
    /// To [`Expects::Reply`].
    Reply(Response),
    /// To each call: it threw.
    Thrown(Thrown),
}

/// The calls of one operation.
#[derive(Clone)]
pub struct Host {
    port: Port<Call, Answer>,
    facts: Rc<Facts>,
    /// Whether calls are made after the cancellation, too.
    cleans_up: bool,
}

/// The state of an operation beside its answers.
pub(super) struct Facts {
    /// The reason of the cancellation, if any.
    pub(super) reason: Cell<Option<Thrown>>,
    /// The time of the last answer with plain data.
    answered_at: Cell<Instant>,
}

impl Default for Facts {
    fn default() -> Self {
        let never = Instant { epoch_ms: f64::NAN, steady_ms: f64::NAN };
        Self { reason: Cell::default(), answered_at: Cell::new(never) }
    }
}

impl Host {
    pub(super) fn new(port: Port<Call, Answer>, facts: Rc<Facts>) -> Self {
        Self { port, facts, cleans_up: false }
    }

    /// The host of the clean-up, where the operation is cancelled.
    pub(super) fn clean_up(&self) -> Option<Self> {
        self.facts.reason.get().map(|_| Self { cleans_up: true, ..self.clone() })
    }

    /// Calls `method`, and reads its answer.
    ///
    /// # Errors
    ///
    /// With the host's error, or the reason of the cancellation.
    ///
    /// # Panics
    ///
    /// When the answer is of another type. That is a defect of the host.
    pub async fn call<T: FromValue>(
        &self,
        method: &'static str,
        args: Vec<Value>,
    ) -> Result<T, Thrown> {
        match self.ask(method, args, Expects::Value).await? {
            Answer::Value(value, at) => {
                self.facts.answered_at.set(at);
                Ok(T::from_value(value, method).unwrap_or_else(|_| mismatch()))
            }
            _ => mismatch(),
        }
    }

    pub(super) async fn ask(
        &self,
        method: &'static str,
        args: Vec<Value>,
        expects: Expects,
    ) -> Result<Answer, Thrown> {
        if !self.cleans_up
            && let Some(reason) = self.facts.reason.get()
        {
            return Err(reason);
        }
        match self.port.ask(Call { method, args, expects }).await {
            Ok(Answer::Thrown(thrown)) => Err(thrown),
            Ok(answer) => Ok(answer),
            Err(Cancelled) => {
                Err(self.facts.reason.get().expect("a cancelled operation has its reason"))
            }
        }
    }

    pub(super) fn answered_at(&self) -> Instant {
        self.facts.answered_at.get()
    }
}

/// An answer of the wrong kind is a defect of the host, not of the caller's object.
pub(super) fn mismatch() -> ! {
    panic!("the host's answer is of another kind than was asked for")
}
