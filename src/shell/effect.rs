//! The shell as seen from inside a flow: every call is an effect for the flow's caller.

use super::{
    Channel, Digest, Exec, ExecFailure, Frame, Held, Instant, Reply, Room, Shell, Span, Stream,
    Thrown,
};
use crate::container::Container;
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
        /// What is around the payload.
        frame: Frame,
        /// Where the bytes go.
        room: Room,
    },
    /// Digest parts of the decoded bytes.
    Digest(Vec<Span>),
    /// Look at the decoded bytes.
    Inspect,
    /// Keep what is known of the session's channel.
    Remember(Channel),
}

/// How an effect came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// To [`Effect::CanExec`].
    CanExec(bool),
    /// To [`Effect::Now`].
    Now(Instant),
    /// To [`Effect::Exec`].
    Replied(Reply),
    /// To [`Effect::Exec`] with `hold`.
    Held(Reply<Held>),
    /// To [`Effect::Decode`].
    Decoded(Decoded),
    /// To [`Effect::Digest`].
    Digested(Vec<Digest>),
    /// To [`Effect::Inspect`].
    Inspected(Container),
    /// To [`Effect::Remember`].
    Remembered,
    /// To [`Effect::Exec`]: there is nothing to run commands with.
    Unavailable,
    /// To any effect: the session threw, or what the effect needs was not to be had.
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

    async fn decode(&self, stream: Stream, frame: &Frame, room: Room) -> Result<Decoded, Thrown> {
        match self.0.ask(Effect::Decode { stream, frame: frame.clone(), room }).await {
            Outcome::Decoded(decoded) => Ok(decoded),
            Outcome::Thrown(thrown) => Err(thrown),
            _ => mismatch(),
        }
    }

    async fn digests(&self, spans: &[Span]) -> Result<Vec<Digest>, Thrown> {
        match self.0.ask(Effect::Digest(spans.to_vec())).await {
            Outcome::Digested(digests) => Ok(digests),
            Outcome::Thrown(thrown) => Err(thrown),
            _ => mismatch(),
        }
    }

    async fn container(&self) -> Container {
        match self.0.ask(Effect::Inspect).await {
            Outcome::Inspected(container) => container,
            _ => mismatch(),
        }
    }

    async fn remember(&self, channel: Channel) {
        match self.0.ask(Effect::Remember(channel)).await {
            Outcome::Remembered => (),
            _ => mismatch(),
        }
    }

    async fn now(&self) -> Instant {
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
