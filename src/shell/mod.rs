//! The one way to the box: a session that runs commands.

mod banner;
mod channel;
mod frame;
mod quote;

use serde::Serialize;

pub(crate) use banner::{Banner, exit_code as banner_exit_code, unfinished as banner_unfinished};
pub(crate) use frame::Mark;

use crate::container::Container;
use crate::payload::Decoded;

pub use banner::body;
pub use channel::Channel;
pub(crate) use channel::SMALLEST as SMALLEST_PIECE;
pub use frame::{Frame, Framed};
pub use quote::{quoted, tail, visible, word};

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
    /// Where the payload is if it has no frame: in `stdout` when there is any, else in `output`.
    /// Standard error is never part of a payload, so an `output` beside an empty `stdout` is none
    /// where there is standard error.
    pub fn payload(&self) -> Option<(Stream, &Text)> {
        let is_error = self.stdout.is_some() && self.stderr.as_ref().is_some_and(|e| !e.is_empty());
        let [stdout, output] = self.texts();
        stdout.or(output.filter(|_| !is_error))
    }

    /// The two texts that can hold a frame, where there is anything in them.
    pub fn texts(&self) -> [Option<(Stream, &Text)>; 2] {
        [(Stream::Stdout, &self.stdout), (Stream::Output, &self.output)].map(|(stream, text)| {
            text.as_ref().filter(|text| text.length() > 0).map(|text| (stream, text))
        })
    }

    /// The session's number for the command, if it had not finished when the session answered.
    pub fn unfinished(&self) -> Option<f64> {
        self.session_id.filter(|_| self.exit_code.is_none())
    }
}

impl Reply {
    /// What the command said, by its frame.
    #[must_use]
    pub fn framed(&self, frame: &Frame) -> Framed<'_> {
        let read = self.texts().into_iter().flatten().map(|(_, text)| frame.read(text));
        let mut best = Framed::Bare;
        for framed in read {
            match (best, framed) {
                (_, Framed::Whole(_)) => return framed,
                (Framed::Bare, _) => best = framed,
                _ => {}
            }
        }
        best
    }

    /// What the command printed, where it has no frame.
    #[must_use]
    pub fn printed(&self) -> &str {
        self.payload().map_or("", |(_, text)| text)
    }

    /// Whether the command had not finished when the session answered, by the number or the banner.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.unfinished().is_some() || banner_unfinished(self.banner()).is_some()
    }

    /// The exit code, by the number or the banner.
    #[must_use]
    pub fn status(&self) -> Option<f64> {
        self.exit_code.or_else(|| banner_exit_code(self.banner()))
    }

    fn banner(&self) -> &[u8] {
        let output = self.output.as_deref().unwrap_or_default();
        &output.as_bytes()[..output.len() - body(output).len()]
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

/// `length` bytes from `offset` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins, in bytes.
    pub offset: u64,
    /// How long it is, in bytes.
    pub length: u64,
}

impl Span {
    /// Where it ends, in bytes.
    ///
    /// # Panics
    ///
    /// Where that is no number of 64 bits: no span of bytes that exist is there.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset.checked_add(self.length).expect("a span ends within 64 bits")
    }
}

/// Where decoded bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The place that is written to.
    pub span: Span,
    /// How many bytes there are in all; those that are there already are kept.
    pub total: u64,
}

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// A time by two clocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instant {
    /// Milliseconds since the Unix epoch, which the clock's owner may set.
    pub epoch_ms: f64,
    /// Milliseconds of a clock that only goes on; from when on, only this process knows.
    pub steady_ms: f64,
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
    /// stay with the caller as well.
    async fn decode(&self, stream: Stream, frame: &Frame, room: Room) -> Result<Decoded, Thrown>;

    /// The SHA-256 digests of these parts of the bytes.
    async fn digests(&self, spans: &[Span]) -> Result<Vec<Digest>, Thrown>;

    /// What container the bytes are in.
    async fn container(&self) -> Result<Container, Thrown>;

    /// Keeps what is known of the session's channel for the next call.
    async fn remember(&self, channel: Channel);

    /// What time it is.
    async fn now(&self) -> Instant;
}
