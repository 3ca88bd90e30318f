//! The port to the session that a service works on.

use serde::Serialize;

use crate::shell::{Channel, Instant, Reply, Thrown};

/// The place of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The session's own directory; the call has no `workdir`.
    Session,
    /// This directory; `None` is the session's own, and the call has a `workdir` of `undefined`.
    Directory(Option<String>),
    /// The same, in a terminal and a login shell.
    Terminal(Option<String>),
}

/// The methods of a session: whether each is truthy in JavaScript.
#[expect(clippy::struct_excessive_bools, reason = "each is one method of the session")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `exec`.
    pub exec: bool,
    /// `execCommand`.
    pub exec_command: bool,
    /// `readFile`.
    pub read_file: bool,
    /// `createEditor`.
    pub create_editor: bool,
    /// `writeStdin`.
    pub write_stdin: bool,
    /// The result of `supportsPty`.
    pub supports_pty: bool,
}

/// The capabilities of a service with a session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Capabilities {
    file_system: FileSystem,
    terminal: Terminal,
    git: Available,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FileSystem {
    available: bool,
    read_only: bool,
}

#[derive(Debug, Serialize)]
struct Terminal {
    events: bool,
    exec: bool,
    pty: Available,
}

#[derive(Debug, Serialize)]
struct Available {
    available: bool,
}

impl Features {
    /// The capabilities of a service with the session.
    #[must_use]
    pub fn capabilities(self) -> Capabilities {
        let runs = self.exec || self.exec_command;
        let file_system = FileSystem {
            available: self.read_file && (runs || self.create_editor),
            read_only: !(self.exec || self.create_editor),
        };
        let pty = Available { available: self.has_terminals() };
        let terminal = Terminal { events: runs, exec: runs, pty };
        Capabilities { file_system, terminal, git: Available { available: runs } }
    }

    /// Whether terminals can be opened and take input.
    #[must_use]
    pub fn has_terminals(self) -> bool {
        self.supports_pty && self.write_stdin
    }
}

/// The result of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The result of `exec`, with its duration in seconds.
    Result(Reply, Option<f64>),
    /// The text of `execCommand`, with or without a banner.
    Text(String),
}

/// The result of the session's `readFile`. The bytes stay with the host.
#[derive(Debug, Clone, PartialEq)]
pub enum NativeRead {
    /// The bytes.
    Bytes {
        /// The number of bytes.
        length: u64,
        /// The offset of the first zero, if any.
        zero_at: Option<u64>,
    },
    /// The message of the error that it threw.
    Failed(String),
}

/// The state of the workspace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revision {
    /// The caller's first revision plus the number of changes by the service.
    pub number: f64,
    /// The epoch of the caller's lease.
    pub lease_epoch: f64,
}

/// One event for the session's stream.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// The type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The payload.
    pub payload: serde_json::Value,
}

/// The port to a session and to the state of the service.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Workspace {
    /// The methods that the session has now.
    async fn features(&self) -> Result<Features, Thrown>;

    /// Runs a command. Returns `None` where the session cannot.
    async fn exec(
        &self,
        cmd: String,
        place: &Place,
        yield_time_ms: Option<f64>,
    ) -> Result<Option<Output>, Thrown>;

    /// Writes to a command that goes on, and returns its output since the last answer; `None` where the session
    /// cannot.
    async fn write_stdin(
        &self,
        session_id: f64,
        chars: String,
        yield_time_ms: u32,
    ) -> Result<Option<String>, Thrown>;

    /// Reads a file by the session's `readFile`; `None` where it has none.
    async fn read_file(&self, path: &str, max_bytes: f64) -> Result<Option<NativeRead>, Thrown>;

    /// Creates a file by the session's editor. Returns whether it did.
    async fn create_file(&self, path: &str, diff: String) -> Result<bool, Thrown>;

    /// Emits events. The caller's errors are ignored.
    async fn emit(&self, events: &[Event]);

    /// The revision of the service. It is increased first where `is_changed`.
    async fn revision(&self, is_changed: bool) -> Result<Revision, Thrown>;

    /// The lengths that the session is known to let through.
    async fn channel(&self) -> Result<Option<Channel>, Thrown>;

    /// Keeps the lengths for later operations.
    async fn remember(&self, channel: Channel);

    /// The current time.
    fn now(&self) -> Instant;
}
