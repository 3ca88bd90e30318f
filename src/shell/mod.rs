//! The port to a box: a session that runs commands.

mod banner;
mod channel;
mod frame;
mod quote;

use serde::Serialize;

pub(crate) use banner::{Banner, exit_code as banner_exit_code, unfinished as banner_unfinished};
pub(crate) use frame::Mark;

use crate::container::Container;
use crate::payload::Decoded;

pub use banner::{Header, Told, body};
pub use channel::{Channel, Lane};
pub(crate) use channel::{LANES, SMALLEST as SMALLEST_PIECE};
pub use frame::{Frame, Framed};
pub use quote::{quoted, tail, visible, word};

/// The arguments of one `exec` call, as a sandbox session takes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Exec {
    /// The command line.
    pub cmd: String,
    /// The user to run as; `None` for the session's own.
    pub run_as: Option<String>,
    /// The time, in milliseconds, after which the session returns the output of a command that has not
    /// finished.
    pub yield_time_ms: u32,
    /// The length at which the session cuts the output, in tokens; `None` asks for all of it.
    pub max_output_tokens: Option<u32>,
}

/// A session's reply to a command. `Text` is a `String`, or [`Held`] for a text that stays with the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply<Text = String> {
    /// Standard output and standard error together; some providers put a banner before them.
    pub output: Option<Text>,
    /// Standard output alone, where the provider separates the two.
    pub stdout: Option<Text>,
    /// Standard error alone, where the provider separates the two.
    pub stderr: Option<String>,
    /// The exec session's number of a command that has not finished.
    pub session_id: Option<f64>,
    /// The exit code, once the command has finished.
    pub exit_code: Option<f64>,
}

/// One of the two texts of a reply that can hold the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// [`Reply::stdout`].
    Stdout,
    /// [`Reply::output`].
    Output,
}

impl<Text: Length> Reply<Text> {
    /// The text that is the payload where no text has a frame: `stdout` where it is not empty, else
    /// `output`. An `output` beside an empty `stdout` and a `stderr` is no payload, as it can only hold
    /// standard error.
    pub fn payload(&self) -> Option<(Stream, &Text)> {
        let is_error = self.stdout.is_some() && self.stderr.as_ref().is_some_and(|e| !e.is_empty());
        let [stdout, output] = self.texts();
        stdout.or(output.filter(|_| !is_error))
    }

    /// The texts that can hold a frame, without empty ones.
    pub fn texts(&self) -> [Option<(Stream, &Text)>; 2] {
        [(Stream::Stdout, &self.stdout), (Stream::Output, &self.output)].map(|(stream, text)| {
            text.as_ref().filter(|text| text.length() > 0).map(|text| (stream, text))
        })
    }

    /// The exec session's number, where the command had not finished when the session replied.
    pub fn unfinished(&self) -> Option<f64> {
        self.session_id.filter(|_| self.exit_code.is_none())
    }
}

impl Reply {
    /// The answer, by its frame: the first whole one, else the first text with a line of one.
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

    /// The payload of a reply without a frame.
    #[must_use]
    pub fn printed(&self) -> &str {
        self.payload().map_or("", |(_, text)| text)
    }

    /// Whether the command had not finished when the session replied, by the number or the banner.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.unfinished().is_some() || banner_unfinished(self.banner()).is_some()
    }

    /// The exit code, from its field or the banner.
    #[must_use]
    pub fn status(&self) -> Option<f64> {
        self.exit_code.or_else(|| banner_exit_code(self.banner()))
    }

    fn banner(&self) -> &[u8] {
        let output = self.output.as_deref().unwrap_or_default();
        &output.as_bytes()[..output.len() - body(output).len()]
    }
}

/// A text whose length is known.
pub trait Length {
    /// The length: bytes of a `String`, UTF-16 code units of a [`Held`] text.
    fn length(&self) -> usize;
}

impl Length for String {
    fn length(&self) -> usize {
        self.len()
    }
}

/// A text that stays with the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its length in UTF-16 code units.
    pub length: usize,
    /// Its last characters, where the bytes are handed out piece by piece.
    pub tail: String,
}

impl Length for Held {
    fn length(&self) -> usize {
        self.length
    }
}

/// A range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The beginning, in bytes.
    pub offset: u64,
    /// The length, in bytes.
    pub length: u64,
}

impl Span {
    /// The end, in bytes.
    ///
    /// # Panics
    ///
    /// When the end does not fit 64 bits; no span of a file or an array ends there.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset.checked_add(self.length).expect("a span ends within 64 bits")
    }
}

/// The place of decoded bytes in the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The bytes that are written.
    pub span: Span,
    /// The length of the result, in bytes. Bytes outside of `span` keep their values.
    pub total: u64,
}

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// A point in time, by two clocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instant {
    /// Milliseconds since the Unix epoch, by the wall clock, which may be set.
    pub epoch_ms: f64,
    /// Milliseconds by a monotonic clock of this process.
    pub steady_ms: f64,
}

/// The number of a value that the session threw. The value stays with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Thrown(pub u32);

/// Why a command has no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecFailure {
    /// The session cannot run commands.
    Unavailable,
    /// The session threw.
    Thrown(Thrown),
}

/// The port to a session on a box.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Shell {
    /// Whether the session can run commands now.
    async fn can_exec(&self) -> Result<bool, Thrown>;

    /// Runs a command, and returns its reply with the texts.
    async fn exec(&self, command: Exec) -> Result<Reply, ExecFailure>;

    /// Runs a command whose output may have hundreds of megabytes. The texts stay with the caller for
    /// [`Shell::decode`], until the next command in the same lane.
    async fn exec_held(&self, lane: Lane, command: Exec) -> Result<Reply<Held>, ExecFailure>;

    /// Decodes the base64 text in `stream` of the last [`Shell::exec_held`] in the lane. One text is decoded at
    /// a time. The bytes stay with the caller.
    async fn decode(
        &self,
        lane: Lane,
        stream: Stream,
        frame: &Frame,
        room: Room,
    ) -> Result<Decoded, Thrown>;

    /// The SHA-256 digests of parts of the decoded bytes. Where they are handed out piece by piece, these are the
    /// bytes of the piece in the lane.
    async fn digests(&self, lane: Lane, spans: &[Span]) -> Result<Vec<Digest>, Thrown>;

    /// Hands out the piece in a lane, and waits until it is taken.
    async fn hand_out(&self, lane: Lane) -> Result<(), Thrown>;

    /// Tells the caller how many bytes there are, and how many of them have come.
    async fn progress(&self, received: u64, total: u64) -> Result<(), Thrown>;

    /// The container of the decoded bytes.
    async fn container(&self) -> Result<Container, Thrown>;

    /// The shell of the clean-up, where the operation is cancelled. Its own commands are not run any more.
    fn clean_up(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Keeps what is known about the session's channel for later reads.
    async fn remember(&self, channel: Channel);

    /// The current time.
    async fn now(&self) -> Instant;
}
