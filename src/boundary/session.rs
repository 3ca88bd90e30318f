//! The port of the core to the caller's session.

use super::host::{Answer, Expects, Host, mismatch};
use super::values::{FromValue, IntoValue};
use crate::container::Container;
use crate::input::{InputError, Value};
use crate::payload::Decoded;
use crate::shell::{
    Channel, Digest, Exec, ExecFailure, Frame, Held, Instant, Lane, Reply, Room, Shell, Span,
    Stream, Thrown,
};

/// A [`Shell`] over the session that the host has.
pub(super) struct Session(pub Host);

/// In the order in which a session's result is read.
impl<Text: FromValue> FromValue for Reply<Text> {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let mut values = Vec::<Value>::from_value(value, field)?.into_iter();
        let mut next = || values.next().unwrap_or(Value::Absent);
        Ok(Self {
            output: FromValue::from_value(next(), field)?,
            stderr: FromValue::from_value(next(), field)?,
            stdout: FromValue::from_value(next(), field)?,
            session_id: FromValue::from_value(next(), field)?,
            exit_code: FromValue::from_value(next(), field)?,
        })
    }
}

impl FromValue for Held {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (length, tail) = match value {
            Value::List(_) => <(u32, String)>::from_value(value, field)?,
            length => (u32::from_value(length, field)?, String::new()),
        };
        Ok(Self { length: length as usize, tail })
    }
}

impl Shell for Session {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        self.0.can_exec().await
    }

    async fn exec(&self, args: Exec) -> Result<Reply, ExecFailure> {
        let Exec { cmd, run_as, yield_time_ms, max_output_tokens } = args;
        let reply = self.0.exec(cmd, yield_time_ms.into(), max_output_tokens, run_as).await;
        reply.map_err(ExecFailure::Thrown)?.ok_or(ExecFailure::Unavailable)
    }

    async fn exec_held(&self, lane: Lane, args: Exec) -> Result<Reply<Held>, ExecFailure> {
        let Exec { cmd, run_as, yield_time_ms, max_output_tokens } = args;
        let reply = self.0.exec_held(cmd, yield_time_ms, max_output_tokens, run_as, lane).await;
        reply.map_err(ExecFailure::Thrown)?.ok_or(ExecFailure::Unavailable)
    }

    async fn decode(
        &self,
        lane: Lane,
        stream: Stream,
        frame: &Frame,
        room: Room,
    ) -> Result<Decoded, Thrown> {
        let stream = match stream {
            Stream::Stdout => "stdout",
            Stream::Output => "output",
        };
        let Room { span: Span { offset, length }, total } = room;
        let [offset, length, total] = [offset, length, total].map(u64::into_value);
        let args = vec![lane.into_value(), stream.into_value(), offset, length, total];
        match self.0.ask("bytes.decode", args, Expects::Decoded(frame.clone())).await? {
            Answer::Decoded(decoded) => Ok(decoded),
            _ => mismatch(),
        }
    }

    async fn digests(&self, lane: Lane, spans: &[Span]) -> Result<Vec<Digest>, Thrown> {
        let numbers = spans.iter().flat_map(|span| [span.offset, span.length]);
        let numbers = Value::List(numbers.map(u64::into_value).collect());
        let args = vec![numbers, lane.into_value()];
        match self.0.ask("bytes.digest", args, Expects::Digests).await? {
            Answer::Digests(digests) => Ok(digests),
            _ => mismatch(),
        }
    }

    async fn container(&self) -> Result<Container, Thrown> {
        match self.0.ask("bytes.inspect", Vec::new(), Expects::Container).await? {
            Answer::Container(container) => Ok(container),
            _ => mismatch(),
        }
    }

    async fn hand_out(&self, lane: Lane) -> Result<(), Thrown> {
        self.0.item(lane).await
    }

    async fn progress(&self, received: u64, total: u64) -> Result<(), Thrown> {
        self.0.progress(received, total).await
    }

    async fn remember(&self, channel: Channel) {
        let (through, patience, at_once) = channel.known().unwrap_or_default();
        // The lengths only save time, so an error is ignored.
        let _ = self.0.remember(through, patience, at_once).await;
    }

    fn clean_up(&self) -> Option<Self> {
        self.0.clean_up().map(Self)
    }

    async fn now(&self) -> Instant {
        self.0.answered_at()
    }
}
