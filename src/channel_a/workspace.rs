//! The port to the session that a service works on.

use serde::Serialize;

use crate::shell::{Channel, Instant, Reply, Thrown};

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Where the session runs commands; the call says nothing of a directory.
    Session,
    /// In this directory; `None` is the session's own, said explicitly.
    Directory(Option<String>),
    /// The same, in a terminal and a login shell.
    Terminal(Option<String>),
}

/// What a session can do: whether it has a method, as JavaScript counts something as there.
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
    /// What `supportsPty` answers.
    pub supports_pty: bool,
}

/// What a service can do with a session.
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
    /// What a service can do with the session.
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

    /// Whether terminals can be opened, and written to.
    #[must_use]
    pub fn has_terminals(self) -> bool {
        self.supports_pty && self.write_stdin
    }
}

/// What a command left behind.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// From `exec`, with the time that it took, in seconds.
    Result(Reply, Option<f64>),
    /// From `execCommand`: one text, with a banner before it or without.
    Text(String),
}

/// What the session's own way to read a file came to. The bytes stay with the host.
#[derive(Debug, Clone, PartialEq)]
pub enum NativeRead {
    /// How many bytes it read, and where the first zero byte is.
    Bytes {
        /// The count.
        length: u64,
        /// The offset, where there is one.
        zero_at: Option<u64>,
    },
    /// What the error says that it threw.
    Failed(String),
}

/// In which state the workspace is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Revision {
    /// How often the service has changed something, from where the caller began to count.
    pub number: f64,
    /// The epoch of the caller's lease.
    pub lease_epoch: f64,
}

/// One event for the session's stream.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What happened.
    pub payload: serde_json::Value,
}

/// A session and what the service keeps beside it, as the core needs them.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Workspace {
    /// What the session can do now.
    async fn features(&self) -> Result<Features, Thrown>;

    /// Runs a command; nothing where the session cannot.
    async fn exec(
        &self,
        cmd: String,
        place: &Place,
        yield_time_ms: Option<f64>,
    ) -> Result<Option<Output>, Thrown>;

    /// Writes to a command that runs, and brings what it has printed since; nothing where the session
    /// cannot.
    async fn write_stdin(
        &self,
        session_id: f64,
        chars: String,
        yield_time_ms: u32,
    ) -> Result<Option<String>, Thrown>;

    /// Reads a file by the session's own means; nothing where it has none.
    async fn read_file(&self, path: &str, max_bytes: f64) -> Result<Option<NativeRead>, Thrown>;

    /// Creates a file by the session's editor; whether it did.
    async fn create_file(&self, path: &str, diff: String) -> Result<bool, Thrown>;

    /// Tells the caller of events. What it makes of them is its own affair.
    async fn emit(&self, events: &[Event]);

    /// The revision of the service; one more than before where something has changed.
    async fn revision(&self, is_changed: bool) -> Result<Revision, Thrown>;

    /// What is known of how much the session lets through.
    async fn channel(&self) -> Result<Option<Channel>, Thrown>;

    /// Keeps what is known of it.
    async fn remember(&self, channel: Channel);

    /// What time it is.
    fn now(&self) -> Instant;
}
