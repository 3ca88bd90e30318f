//! The host's end of an operation: what it is asked to do, and what comes of it.

use std::cell::Cell;
use std::rc::Rc;

use super::values::FromValue;
use crate::container::Container;
use crate::flow::{Cancelled, Port};
use crate::input::Value;
use crate::payload::Decoded;
use crate::selfhosted::session::Response;
use crate::shell::{Digest, Frame, Instant, Thrown};

/// A call of something that only the host has.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Target and method, as in `session.exec`.
    pub method: &'static str,
    /// The arguments, in their order.
    pub args: Vec<Value>,
    /// What the host answers with.
    pub expects: Expects,
}

/// The kind of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Expects {
    /// Plain data.
    Value,
    /// What a text came to that stays with the host, read by its frame.
    Decoded(Frame),
    /// Digests of parts of the bytes that stay with the host.
    Digests,
    /// The container that those bytes are in.
    Container,
    /// What came back to the request of this name.
    Reply(String),
}

/// What came of a call.
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
    /// To any call: it threw.
    Thrown(Thrown),
}

/// The calls of one operation.
#[derive(Clone)]
pub struct Host {
    port: Port<Call, Answer>,
    facts: Rc<Facts>,
}

/// What an operation knows beside its answers.
pub(super) struct Facts {
    /// Why it is cancelled, once it is.
    pub(super) reason: Cell<Thrown>,
    /// When the last call was answered with plain data.
    answered_at: Cell<Instant>,
}

impl Default for Facts {
    fn default() -> Self {
        let never = Instant { epoch_ms: f64::NAN, steady_ms: f64::NAN };
        Self { reason: Cell::new(Thrown(0)), answered_at: Cell::new(never) }
    }
}

impl Host {
    pub(super) fn new(port: Port<Call, Answer>, facts: Rc<Facts>) -> Self {
        Self { port, facts }
    }

    /// Calls `method`, and reads its answer.
    ///
    /// # Errors
    ///
    /// With what the host threw, or the reason for which the operation is cancelled.
    ///
    /// # Panics
    ///
    /// When the answer is of another type, which is a defect of the host.
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
        match self.port.ask(Call { method, args, expects }).await {
            Ok(Answer::Thrown(thrown)) => Err(thrown),
            Ok(answer) => Ok(answer),
            Err(Cancelled) => Err(self.facts.reason.get()),
        }
    }

    pub(super) fn answered_at(&self) -> Instant {
        self.facts.answered_at.get()
    }
}

/// An answer of the wrong kind is a defect of the host, never of what it called.
pub(super) fn mismatch() -> ! {
    panic!("the host's answer is of another kind than was asked for")
}
