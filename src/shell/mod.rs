//! The one way to the box: a session that runs commands.

mod banner;
mod effect;
mod quote;

use serde::Serialize;

pub(crate) use banner::{
    OVERLAP as BANNER_OVERLAP, end as banner_end, unfinished as banner_unfinished,
};

use crate::payload::Decoded;

pub use banner::body;
pub use effect::{Effect, EffectShell, Outcome};
pub use quote::{quoted, word};

/// The arguments of one `exec` call, as a sandbox session takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Exec {
    /// The command line.
    pub cmd: String,
    /// The user to run as; the session's own when absent.
    pub run_as: Option<String>,
    /// How long the session waits for the command before it returns what there is, in
    /// milliseconds.
    pub yield_time_ms: u32,
    /// Where the session cuts the output, in tokens; `None` asks for all of it.
    pub max_output_tokens: Option<u32>,
}

/// What a command left behind. `Text` is the text itself, or its length where it stays outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply<Text = String> {
    /// Standard output and standard error together; for some providers with a banner before it.
    pub output: Option<Text>,
    /// Standard output alone, where the provider tells the two apart.
    pub stdout: Option<Text>,
    /// Standard error alone.
    pub stderr: Option<String>,
    /// The session's number for a command that has not finished. Other numbers have no meaning.
    pub session_id: Option<f64>,
    /// The exit code, once the command has finished.
    pub exit_code: Option<f64>,
}

/// One of the two texts that can carry what a command printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// [`Reply::stdout`].
    Stdout,
    /// [`Reply::output`].
    Output,
}

impl<Text: Length> Reply<Text> {
    /// Where the payload is: in `stdout` when there is any, else in `output`. Standard error is
    /// never part of a payload, so an `output` beside an empty `stdout` is none where there is
    /// standard error.
    pub fn payload(&self) -> Option<(Stream, &Text)> {
        let filled = |text: &&Text| text.length() > 0;
        if let Some(stdout) = self.stdout.as_ref().filter(filled) {
            return Some((Stream::Stdout, stdout));
        }
        let is_error = self.stdout.is_some() && self.stderr.as_ref().is_some_and(|e| !e.is_empty());
        self.output.as_ref().filter(filled).filter(|_| !is_error).map(|text| (Stream::Output, text))
    }

    /// The session's number for the command, if it had not finished when the session answered.
    pub fn unfinished(&self) -> Option<f64> {
        self.session_id.filter(|_| self.exit_code.is_none())
    }
}

/// The length of a text that is here, or that stays with the caller.
pub trait Length {
    /// The length; the unit is the text's own.
    fn length(&self) -> usize;
}

impl Length for String {
    fn length(&self) -> usize {
        self.len()
    }
}

/// A text of this many characters that stays with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held(pub usize);

impl Length for Held {
    fn length(&self) -> usize {
        self.0
    }
}

/// A value that the session threw. It stays with the caller, who keeps it under this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Thrown(pub u32);

/// Why a command was not run to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecFailure {
    /// The session has no way to run commands.
    Unavailable,
    /// The session threw.
    Thrown(Thrown),
}

/// A session on a box, as the core needs it.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Shell {
    /// Whether the session can run commands now.
    async fn can_exec(&self) -> Result<bool, Thrown>;

    /// Runs a command and brings its text.
    async fn exec(&self, command: Exec) -> Result<Reply, ExecFailure>;

    /// Runs a command whose output may be hundreds of megabytes; the text stays with the caller
    /// until [`Shell::decode`].
    async fn exec_held(&self, command: Exec) -> Result<Reply<Held>, ExecFailure>;

    /// Decodes the base64 text that the last [`Shell::exec_held`] left in `stream`, into bytes that
    /// stay with the caller as well. At most `capacity` bytes are kept.
    async fn decode(&self, stream: Stream, capacity: u64) -> Result<Decoded, Thrown>;

    /// The time, in milliseconds since the Unix epoch.
    async fn now(&self) -> f64;
}
