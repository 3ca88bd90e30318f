//! Reads a recording: in one command where the session's output has room for it, else in pieces.

use super::artifact::{Artifact, Finalized, Timing};
use super::{Evidence, FfmpegLog, RecordingError, Tried, Unfinished, command, ending};
use crate::container::{Container, Gap};
use crate::ecmascript::trim;
use crate::payload::{Decoded, Framing};
use crate::shell::{
    Channel, Digest, Exec, ExecFailure, Frame, Framed, Held, Length, Reply, Room, SMALLEST_PIECE,
    Shell, Span, Stream, Thrown, body,
};

/// The read fails after this many failures of a piece at its smallest length.
const TRIES: u32 = 3;
/// One command asks for the digests of at most this many pieces.
const DIGESTS: usize = 32;

/// Reads the recording from the box. The bytes stay where [`Shell::decode`] puts them.
///
/// `channel` is what earlier calls have learned about the session.
///
/// # Errors
///
/// [`RecordingError`]. Only the exact bytes of a file that ffmpeg has finished are accepted. The file
/// stays on the box in any case.
pub async fn read_bytes(
    shell: &impl Shell,
    artifact: Artifact,
    timing: Timing,
    channel: Option<Channel>,
) -> Result<Finalized, RecordingError> {
    if !shell.can_exec().await? {
        return Err(RecordingError::FinalizeUnavailable);
    }
    let film = ending::film(shell, &artifact).await?;
    let facts = facts(shell, &artifact, Some(artifact.digest_up_to())).await?;
    if artifact.is_exceeded_by(facts.size) {
        return Err(RecordingError::TooLarge { size: facts.size, max: artifact.most() });
    }
    let known = channel.and_then(|channel| channel.known());
    let channel = channel.unwrap_or_default();
    let mut reader =
        Reader { shell, artifact: &artifact, size: facts.size, channel, is_begun: false };
    let read = reader.read(&facts).await;
    if reader.channel.known() != known {
        shell.remember(reader.channel).await;
    }
    read?;
    let duration_seconds = timing.seconds(shell.now().await, film);
    Ok(Finalized {
        content_type: artifact.codec.content_type(),
        size_bytes: facts.size,
        duration_seconds,
        salvaged: film.filter(|film| film.is_salvaged).map(|_| true),
    })
}

/// The box's description of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    /// The size in bytes, above 0.
    size: u64,
    /// The inode and the modification time; empty where the box does not report them.
    state: String,
    /// The SHA-256 digest, where the box has a tool for it.
    digest: Option<Digest>,
}

impl Facts {
    fn is_same_file(&self, other: &Self) -> bool {
        (self.size, &self.state) == (other.size, &other.state)
    }
}

/// Asks for the size of the file, and for its digest where the file has at most `digest_up_to` bytes.
async fn facts(
    shell: &impl Shell,
    artifact: &Artifact,
    digest_up_to: Option<i64>,
) -> Result<Facts, RecordingError> {
    match ask_facts(shell, artifact, digest_up_to).await {
        // The box answered the next question, so it is alive and the answer was lost on the way.
        Err(RecordingError::Missing { is_silent: true, log, .. }) if log.is_answered => {
            ask_facts(shell, artifact, digest_up_to).await
        }
        facts => facts,
    }
}

async fn ask_facts(
    shell: &impl Shell,
    artifact: &Artifact,
    digest_up_to: Option<i64>,
) -> Result<Facts, RecordingError> {
    let Artifact { path, run_as, .. } = artifact;
    let frame = Frame::new("size");
    let exec = command::facts(path, &frame, digest_up_to, run_as.as_ref());
    let mut reply = shell.exec(exec.clone()).await?;
    let is_due = |size| size > 0 && digest_up_to.is_some_and(|limit| size <= limit.unsigned_abs());
    let is_usable = |reply: &Reply| match reply.framed(&frame) {
        Framed::Whole(lines) => match Answer::of(lines) {
            Some(Answer::Size { size, .. }) => !is_due(size) || is_digest_clear(reply, &frame),
            answer => answer.is_some(),
        },
        Framed::Cut(_) | Framed::Headless(_) => false,
        Framed::Bare => true,
    };
    if !is_usable(&reply) && !reply.is_unfinished() {
        // The failure may be a passing one, or noise fills the output limit of the first command. The
        // second command has no limit.
        reply = shell.exec(Exec { max_output_tokens: None, ..exec }).await?;
    }
    let unfinished = Unfinished(reply.unfinished());
    let (answer, printed) = match reply.framed(&frame) {
        Framed::Whole(lines) => (Answer::of(lines), lines),
        Framed::Cut(lines) | Framed::Headless(lines) => (None, lines),
        Framed::Bare => (Answer::bare(reply.printed()), reply.printed()),
    };
    let path = path.clone();
    match answer {
        Some(Answer::Size { size, state }) if size > 0 => {
            let digest = match reply.framed(&frame.labelled(command::DIGEST)) {
                Framed::Whole(line) => digest(line),
                _ => None,
            };
            Ok(Facts { size, state, digest })
        }
        Some(Answer::Size { .. }) => {
            let (log, cause) = ffmpeg_log(shell, artifact).await;
            Err(RecordingError::Empty { path, log, cause })
        }
        Some(Answer::Missing { is_silent }) => {
            let (log, cause) = ffmpeg_log(shell, artifact).await;
            Err(RecordingError::Missing { path, is_silent, unfinished, log, cause })
        }
        Some(Answer::Link) => Err(RecordingError::Link { path }),
        None => Err(RecordingError::NoSize { path, answer: printed.trim().to_owned(), unfinished }),
    }
}

/// Whether the answer has a digest, or says that the box has no tool for one.
fn is_digest_clear(reply: &Reply, frame: &Frame) -> bool {
    match reply.framed(&frame.labelled(command::DIGEST)) {
        Framed::Whole(line) => line.trim().is_empty() || digest(line).is_some(),
        Framed::Cut(_) | Framed::Headless(_) | Framed::Bare => false,
    }
}

/// The answer to the question for a size.
enum Answer {
    Size { size: u64, state: String },
    Missing { is_silent: bool },
    Link,
}

impl Answer {
    /// Reads the lines of a frame. They hold the size twice, so that a damaged one is noticed.
    fn of(lines: &str) -> Option<Self> {
        let mut lines = lines.lines().map(trim).filter(|line| !line.is_empty());
        match (lines.next()?, lines.next()) {
            (command::MISSING, None) => Some(Self::Missing { is_silent: false }),
            (command::LINK, None) => Some(Self::Link),
            (size, None) => Some(Self::Size { size: digits(size)?, state: String::new() }),
            (size, Some(state)) => {
                let state = state.strip_prefix(size)?.strip_prefix(':')?;
                Some(Self::Size { size: digits(size)?, state: state.to_owned() })
            }
        }
    }

    /// Reads the last line of a text without a frame.
    fn bare(text: &str) -> Option<Self> {
        match text.split('\n').map(trim).rfind(|line| !line.is_empty()) {
            None => Some(Self::Missing { is_silent: true }),
            Some(command::MISSING) => Some(Self::Missing { is_silent: false }),
            Some(size) => Some(Self::Size { size: digits(size)?, state: String::new() }),
        }
    }
}

/// Reads decimal digits. `stat` prints nothing else, so a text with a sign, a fraction or an exponent is
/// no size.
fn digits(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// Reads the digest at the beginning of a line of `sha256sum`.
fn digest(line: &str) -> Option<Digest> {
    let hex = line.trim_start().get(..64)?;
    let mut digest = Digest::default();
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// Asks for ffmpeg's state and the end of its log.
async fn ffmpeg_log(shell: &impl Shell, artifact: &Artifact) -> (FfmpegLog, Option<Thrown>) {
    let frame = Frame::new("log");
    let reply =
        shell.exec(command::log_tail(&artifact.path, &frame, artifact.run_as.as_ref())).await;
    match reply {
        Ok(reply) => (log_of(&reply, &frame), None),
        Err(ExecFailure::Thrown(thrown)) => (FfmpegLog::default(), Some(thrown)),
        Err(ExecFailure::Unavailable) => (FfmpegLog::default(), None),
    }
}

fn log_of(reply: &Reply, frame: &Frame) -> FfmpegLog {
    match reply.framed(frame) {
        Framed::Whole(lines) | Framed::Cut(lines) => {
            let (first, log) = lines.split_once('\n').unwrap_or((lines, ""));
            let is_running = trim(first) == command::RUNNING;
            FfmpegLog { is_answered: true, is_running, text: log.trim().to_owned() }
        }
        Framed::Headless(_) => FfmpegLog::default(),
        Framed::Bare => {
            let printed = reply.printed();
            let log = body(printed);
            // Output without a banner and with an exit code other than 0 is not the log: the command
            // itself could not run.
            let is_log = log.len() < printed.len() || matches!(reply.exit_code, None | Some(0.0));
            let text = if is_log { log.trim().to_owned() } else { String::new() };
            FfmpegLog { text, ..FfmpegLog::default() }
        }
    }
}

/// One read of one file.
struct Reader<'a, S> {
    shell: &'a S,
    artifact: &'a Artifact,
    size: u64,
    channel: Channel,
    /// Whether a piece has been read.
    is_begun: bool,
}

/// The outcome of asking for a piece.
enum Piece {
    Whole,
    /// All of the file came instead, as from a test double that knows no pieces.
    File,
    Damaged(Damage),
    Thrown(Thrown),
}

/// An answer that is not the piece.
#[derive(Debug, Clone, PartialEq)]
struct Damage {
    decoded: Decoded,
    evidence: Evidence,
    expected: u64,
}

impl<S: Shell> Reader<'_, S> {
    async fn read(&mut self, facts: &Facts) -> Result<(), RecordingError> {
        let whole = Span { offset: 0, length: self.size };
        let spans = self.fetch(whole).await?;
        if spans.len() > 1 {
            self.unchanged(facts, None).await?;
        }
        if facts.digest.is_some()
            && self.shell.digests(&[whole]).await?.first() != facts.digest.as_ref()
        {
            self.mend(facts, spans).await?;
        }
        match self.shell.container().await? {
            Container::Unfinished(Gap::Fragments) if self.artifact.accepts_fragments() => Ok(()),
            Container::Unfinished(gap) => {
                let (log, cause) = ffmpeg_log(self.shell, self.artifact).await;
                let path = self.artifact.path.clone();
                Err(RecordingError::NotFinished { path, gap, log, cause })
            }
            Container::Finished | Container::Other => Ok(()),
        }
    }

    /// Reads a part of the file in pieces, and returns them.
    async fn fetch(&mut self, part: Span) -> Result<Vec<Span>, RecordingError> {
        let mut spans = Vec::new();
        let mut offset = part.offset;
        while offset < part.end() {
            let span = self.next(offset, part.end()).await?;
            offset = span.end();
            self.is_begun = true;
            spans.push(span);
        }
        Ok(spans)
    }

    /// Reads the next piece, at the length that the channel suggests, and returns it.
    async fn next(&mut self, offset: u64, end: u64) -> Result<Span, RecordingError> {
        let mut damaged = Damages::default();
        let mut thrown = 0;
        let mut length = self.channel.piece(end - offset);
        // A length that has come through before is asked for once more before the piece shrinks.
        let mut is_spared = self.channel.carries(length);
        loop {
            let span = Span { offset, length };
            match self.piece(span).await? {
                Piece::Whole => {
                    self.channel.came_whole(length);
                    return Ok(span);
                }
                Piece::File => return Ok(Span { offset: 0, length: self.size }),
                Piece::Thrown(error) => {
                    thrown += 1;
                    if thrown == TRIES || self.size <= SMALLEST_PIECE {
                        return Err(RecordingError::Thrown(error));
                    }
                    // A piece of the smallest length tells whether the box is alive.
                    if !std::mem::take(&mut is_spared) && length > SMALLEST_PIECE {
                        self.channel.failed(length);
                        length = SMALLEST_PIECE;
                    }
                }
                Piece::Damaged(damage) => {
                    let is_bare = damage.decoded.framing == Framing::Bare;
                    damaged.add(damage, length);
                    let is_smallest = length <= SMALLEST_PIECE;
                    // A file of one smallest piece was not cut; without a frame it will not come.
                    let is_final = is_bare && self.size <= SMALLEST_PIECE;
                    if is_final || is_smallest && damaged.at_smallest == TRIES {
                        return Err(damaged.into_error(&self.artifact.path));
                    }
                    if !std::mem::take(&mut is_spared) {
                        self.channel.failed(length);
                        length = self.channel.piece(end - offset).min(length);
                    }
                }
            }
        }
    }

    /// Asks for a piece once.
    async fn piece(&self, span: Span) -> Result<Piece, RecordingError> {
        let Artifact { path, run_as, .. } = self.artifact;
        let is_file = span == Span { offset: 0, length: self.size };
        let frame = Frame::new(&format!("{}+{}", span.offset, span.length));
        let command = if is_file {
            command::read(path, &frame, run_as.as_ref())
        } else {
            command::piece(path, span, &frame, run_as.as_ref())
        };
        let reply = match self.shell.exec_held(command).await {
            Ok(reply) => reply,
            Err(ExecFailure::Unavailable) => return Err(RecordingError::Unavailable),
            Err(ExecFailure::Thrown(thrown)) => return Ok(Piece::Thrown(thrown)),
        };
        let mut evidence = Evidence::of(&reply);
        let bare = reply.payload().map(|(stream, _)| stream);
        let mut worst: Option<Decoded> = None;
        for (stream, text) in reply.texts().into_iter().flatten() {
            let decoded = self.decode(stream, text, span, &frame).await?;
            let is_payload = match decoded.framing {
                Framing::Whole => true,
                Framing::Cut => false,
                Framing::Bare => bare == Some(stream),
            };
            if is_payload && decoded.fault.is_none() {
                // Without a frame nothing names the piece, so it is accepted only as all of the file.
                let is_named = decoded.framing == Framing::Whole || is_file;
                if is_named && decoded.length == span.length {
                    return Ok(Piece::Whole);
                }
                // A text that the session returned twice is not the file, even where its length fits.
                let is_twice = decoded.length == 2 * span.length;
                if decoded.framing == Framing::Bare
                    && !self.is_begun
                    && decoded.length == self.size
                    && !is_twice
                {
                    return Ok(Piece::File);
                }
            }
            evidence.unfinished.0 = evidence.unfinished.0.or(decoded.unfinished);
            let says_more = worst.is_none_or(|worst| worst.framing == Framing::Bare);
            if (is_payload || decoded.framing == Framing::Cut) && says_more {
                worst = Some(decoded);
            }
        }
        let decoded = worst.unwrap_or_default();
        Ok(Piece::Damaged(Damage { decoded, evidence, expected: span.length }))
    }

    async fn decode(
        &self,
        stream: Stream,
        text: &Held,
        span: Span,
        frame: &Frame,
    ) -> Result<Decoded, Thrown> {
        let room = if self.is_begun {
            Room { span, total: self.size }
        } else {
            // All of the file may come in place of the first piece. The room follows the length of the
            // text, so that a wrong size does not reserve memory.
            let length = self.size.min((text.length() as u64).div_ceil(4) * 3);
            Room { span: Span { offset: 0, length }, total: length }
        };
        self.shell.decode(stream, frame, room).await
    }

    /// Asks for the facts again, and returns them where the file is the same.
    async fn unchanged(
        &self,
        before: &Facts,
        digest_up_to: Option<i64>,
    ) -> Result<Facts, RecordingError> {
        // One failed or damaged answer is no proof of a change: it is asked for once more.
        if let Ok(now) = facts(self.shell, self.artifact, digest_up_to).await
            && before.is_same_file(&now)
        {
            return Ok(now);
        }
        let now = facts(self.shell, self.artifact, digest_up_to).await?;
        if before.is_same_file(&now) {
            return Ok(now);
        }
        let path = self.artifact.path.clone();
        Err(RecordingError::Changed { path, before: before.size, after: now.size })
    }

    /// Reads the pieces again that were damaged on the way.
    async fn mend(&mut self, facts: &Facts, spans: Vec<Span>) -> Result<(), RecordingError> {
        let whole = Span { offset: 0, length: self.size };
        // The digest itself may have been damaged.
        let now = self.unchanged(facts, Some(self.artifact.digest_up_to())).await?;
        if self.shell.digests(&[whole]).await?.first() == now.digest.as_ref() {
            return Ok(());
        }
        let mut spans = spans;
        for _ in 0..TRIES {
            let mut again = Vec::new();
            for span in self.differing(&spans).await? {
                again.extend(self.fetch(span).await?);
            }
            if self.shell.digests(&[whole]).await?.first() == facts.digest.as_ref() {
                return Ok(());
            }
            if !again.is_empty() {
                spans = again;
            }
        }
        Err(RecordingError::OtherDigest { path: self.artifact.path.clone() })
    }

    /// The pieces whose digests are not those of the box.
    async fn differing(&self, spans: &[Span]) -> Result<Vec<Span>, RecordingError> {
        if let [only] = spans {
            return Ok(vec![*only]);
        }
        let Artifact { path, run_as, .. } = self.artifact;
        let mut differing = Vec::new();
        for batch in spans.chunks(DIGESTS) {
            let frame = Frame::new("digests");
            let exec = command::digests(path, batch, &frame, run_as.as_ref());
            // Without an answer all pieces of the batch count as damaged.
            let reply = self.shell.exec(exec).await;
            let lines = match reply.as_ref().map(|reply| reply.framed(&frame)) {
                Ok(Framed::Whole(lines)) => lines,
                _ => "",
            };
            let theirs = lines.lines().map(digest).chain(std::iter::repeat(None));
            let ours = self.shell.digests(batch).await?;
            let pairs = batch.iter().zip(ours).zip(theirs);
            differing.extend(
                pairs
                    .filter(|((_, ours), theirs)| Some(*ours) != *theirs)
                    .map(|((span, _), _)| *span),
            );
        }
        Ok(differing)
    }
}

/// The failures of one piece.
#[derive(Default)]
struct Damages {
    first: Option<Damage>,
    count: u32,
    at_smallest: u32,
    smallest: u64,
}

impl Damages {
    fn add(&mut self, damage: Damage, length: u64) {
        self.first.get_or_insert(damage);
        self.count += 1;
        self.smallest = length;
        self.at_smallest += u32::from(length <= SMALLEST_PIECE);
    }

    fn into_error(self, path: &str) -> RecordingError {
        let Damage { decoded, evidence, expected } = self.first.unwrap_or_else(|| Damage {
            decoded: Decoded::default(),
            evidence: Evidence::default(),
            expected: self.smallest,
        });
        let path = path.to_owned();
        let tried = Tried { times: self.count, smallest: self.smallest };
        if decoded.length == 0 && decoded.fault.is_none() && decoded.framing != Framing::Cut {
            return RecordingError::NoBytes { path, evidence, tried };
        }
        RecordingError::Corrupt {
            path,
            expected,
            received: decoded.length,
            fault: decoded.fault,
            is_cut: decoded.framing == Framing::Cut,
            evidence,
            tried,
        }
    }
}
