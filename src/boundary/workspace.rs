//! The port of the core to the session and the state of a service.

use super::host::Host;
use super::values::FromValue;
use crate::channel_a::{Event, Features, NativeRead, Output, Place, Revision, Workspace};
use crate::input::{InputError, Value};
use crate::shell::{Channel, Instant, Reply, Thrown};

impl FromValue for Features {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let mut flags = Vec::<bool>::from_value(value, field)?.into_iter();
        let mut next = || flags.next().unwrap_or_default();
        Ok(Self {
            exec: next(),
            exec_command: next(),
            read_file: next(),
            create_editor: next(),
            write_stdin: next(),
            supports_pty: next(),
        })
    }
}

/// A text, or the parts of a result.
impl FromValue for Output {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let value = match value {
            Value::Text(text) | Value::IllFormed(text) => return Ok(Self::Text(text)),
            value => value,
        };
        let mut values = Vec::<Value>::from_value(value, field)?.into_iter();
        let wall_time = FromValue::from_value(values.next().unwrap_or(Value::Absent), field)?;
        Ok(Self::Result(Reply::from_value(Value::List(values.collect()), field)?, wall_time))
    }
}

/// The message of the error, or the number of bytes and the place of the first zero.
impl FromValue for NativeRead {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        if let Value::Text(message) | Value::IllFormed(message) = value {
            return Ok(Self::Failed(message));
        }
        let (length, zero_at) = <(u32, Option<u32>)>::from_value(value, field)?;
        Ok(Self::Bytes { length: length.into(), zero_at: zero_at.map(u64::from) })
    }
}

impl FromValue for Revision {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (number, lease_epoch) = <(f64, f64)>::from_value(value, field)?;
        Ok(Self { number, lease_epoch })
    }
}

impl Workspace for Host {
    async fn features(&self) -> Result<Features, Thrown> {
        self.workspace_features().await
    }

    async fn exec(
        &self,
        cmd: String,
        place: &Place,
        yield_time_ms: Option<f64>,
    ) -> Result<Option<Output>, Thrown> {
        let (place, directory) = match place {
            Place::Session => ("session", &None),
            Place::Directory(directory) => ("directory", directory),
            Place::Terminal(directory) => ("terminal", directory),
        };
        self.workspace_exec(cmd, place, directory.clone(), yield_time_ms).await
    }

    async fn write_stdin(
        &self,
        session_id: f64,
        chars: String,
        yield_time_ms: u32,
    ) -> Result<Option<String>, Thrown> {
        self.workspace_write_stdin(session_id, chars, yield_time_ms).await
    }

    async fn read_file(&self, path: &str, max_bytes: f64) -> Result<Option<NativeRead>, Thrown> {
        self.workspace_read_file(path.to_owned(), max_bytes).await
    }

    async fn create_file(&self, path: &str, diff: String) -> Result<bool, Thrown> {
        self.workspace_create_file(path.to_owned(), diff).await
    }

    async fn emit(&self, events: &[Event]) {
        let events = serde_json::to_string(events).expect("plain data has JSON");
        let _ = self.workspace_emit(events).await;
    }

    async fn revision(&self, is_changed: bool) -> Result<Revision, Thrown> {
        self.workspace_revision(is_changed).await
    }

    async fn channel(&self) -> Result<Option<Channel>, Thrown> {
        self.workspace_channel().await
    }

    async fn remember(&self, channel: Channel) {
        let (through, patience, at_once) = channel.known().unwrap_or_default();
        // The lengths only save time, so an error is ignored.
        let _ = Host::remember(self, through, patience, at_once).await;
    }

    fn now(&self) -> Instant {
        self.answered_at()
    }
}
