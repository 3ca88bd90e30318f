//! The shell as seen from inside a flow: every call is an effect for the flow's caller.

use super::{Exec, ExecFailure, Held, Reply, Shell, Stream, Thrown};
use crate::flow::Port;
use crate::payload::Decoded;

/// What the flow's caller is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Say whether the session can run commands.
    CanExec,
    /// Say what time it is.
    Now,
    /// Run a command.
    Exec {
        /// The session's arguments.
        args: Exec,
        /// Keep `output` and `stdout`, and answer with their lengths.
        hold: bool,
    },
    /// Decode a held text.
    Decode {
        /// Which of the two texts.
        stream: Stream,
        /// How many bytes to keep at most.
        capacity: u64,
    },
}

/// How an effect came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// To [`Effect::CanExec`].
    CanExec(bool),
    /// To [`Effect::Now`], in milliseconds since the Unix epoch.
    Now(f64),
    /// To [`Effect::Exec`].
    Replied(Reply),
    /// To [`Effect::Exec`] with `hold`.
    Held(Reply<Held>),
    /// To [`Effect::Decode`].
    Decoded(Decoded),
    /// To [`Effect::Exec`]: there is nothing to run commands with.
    Unavailable,
    /// To any effect but [`Effect::Now`]: the session threw.
    Thrown(Thrown),
}

/// A [`Shell`] that asks the caller of its flow.
pub struct EffectShell(Port<Effect, Outcome>);

impl EffectShell {
    /// A shell over the port of a flow.
    #[must_use]
    pub fn new(port: Port<Effect, Outcome>) -> Self {
        Self(port)
    }
}

impl Shell for EffectShell {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        match self.0.ask(Effect::CanExec).await {
            Outcome::CanExec(can) => Ok(can),
            Outcome::Thrown(thrown) => Err(thrown),
            _ => mismatch(),
        }
    }

    async fn exec(&self, args: Exec) -> Result<Reply, ExecFailure> {
        match self.0.ask(Effect::Exec { args, hold: false }).await {
            Outcome::Replied(reply) => Ok(reply),
            Outcome::Unavailable => Err(ExecFailure::Unavailable),
            Outcome::Thrown(thrown) => Err(ExecFailure::Thrown(thrown)),
            _ => mismatch(),
        }
    }

    async fn exec_held(&self, args: Exec) -> Result<Reply<Held>, ExecFailure> {
        match self.0.ask(Effect::Exec { args, hold: true }).await {
            Outcome::Held(reply) => Ok(reply),
            Outcome::Unavailable => Err(ExecFailure::Unavailable),
            Outcome::Thrown(thrown) => Err(ExecFailure::Thrown(thrown)),
            _ => mismatch(),
        }
    }

    async fn decode(&self, stream: Stream, capacity: u64) -> Result<Decoded, Thrown> {
        match self.0.ask(Effect::Decode { stream, capacity }).await {
            Outcome::Decoded(decoded) => Ok(decoded),
            Outcome::Thrown(thrown) => Err(thrown),
            _ => mismatch(),
        }
    }

    async fn now(&self) -> f64 {
        match self.0.ask(Effect::Now).await {
            Outcome::Now(now) => now,
            _ => mismatch(),
        }
    }
}

/// An answer of the wrong shape is a defect of the driver, never of the session.
fn mismatch() -> ! {
    panic!("the driver answered another effect than the one asked for")
}
