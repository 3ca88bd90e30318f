//! The box's description of a recording's file.

use super::artifact::Artifact;
use super::log::ffmpeg_log;
use super::{RecordingError, Unfinished, command};
use crate::ecmascript::trim;
use crate::shell::{Digest, Exec, Frame, Framed, Reply, Shell, Span};

/// The box's description of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// The size in bytes, above 0.
    pub(super) size: u64,
    /// The inode and the modification time; empty where the box does not report them.
    state: String,
    /// The SHA-256 digest, where the box has a tool for it.
    pub(super) digest: Option<Digest>,
}

impl Facts {
    fn is_same_file(&self, other: &Self) -> bool {
        (self.size, &self.state) == (other.size, &other.state)
    }
}

/// Asks for the size of the file, and for its digest where the file has at most `digest_up_to` bytes.
pub(super) async fn facts(
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

/// Asks for the facts again, and returns them where the file is the same.
pub(super) async fn unchanged(
    shell: &impl Shell,
    artifact: &Artifact,
    before: &Facts,
    digest_up_to: Option<i64>,
) -> Result<Facts, RecordingError> {
    // One failed or damaged answer is no proof of a change: it is asked for once more.
    if let Ok(now) = facts(shell, artifact, digest_up_to).await
        && before.is_same_file(&now)
    {
        return Ok(now);
    }
    let now = facts(shell, artifact, digest_up_to).await?;
    if before.is_same_file(&now) {
        return Ok(now);
    }
    let path = artifact.path.clone();
    Err(RecordingError::Changed { path, before: before.size, after: now.size })
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
    /// Reads the lines of a frame. They hold the size twice, so that a damaged one is noticed. Lines before
    /// them are those of a login profile.
    fn of(lines: &str) -> Option<Self> {
        let lines: Vec<_> = lines.lines().map(trim).filter(|line| !line.is_empty()).collect();
        match lines[..] {
            [size] if digits(size).is_some() => {
                Some(Self::Size { size: digits(size)?, state: String::new() })
            }
            [.., command::MISSING] => Some(Self::Missing { is_silent: false }),
            [.., command::LINK] => Some(Self::Link),
            [.., size, state] => {
                let state = state.strip_prefix(size)?.strip_prefix(':')?;
                Some(Self::Size { size: digits(size)?, state: state.to_owned() })
            }
            _ => None,
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
pub(super) fn digest(line: &str) -> Option<Digest> {
    let hex = line.trim_start().get(..64)?;
    let mut digest = Digest::default();
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// Asks for the digests of a few parts of the file, which are unknown without an answer.
pub(super) async fn digests(
    shell: &impl Shell,
    artifact: &Artifact,
    parts: &[Span],
) -> Vec<Option<Digest>> {
    let Artifact { path, run_as, .. } = artifact;
    let frame = Frame::new("digests");
    let reply = shell.exec(command::digests(path, parts, &frame, run_as.as_ref())).await;
    let lines = match reply.as_ref().map(|reply| reply.framed(&frame)) {
        Ok(Framed::Whole(lines)) => lines,
        _ => "",
    };
    lines.lines().map(digest).chain(std::iter::repeat(None)).take(parts.len()).collect()
}
