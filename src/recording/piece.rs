//! One piece of a recording: what is asked for, and what the answer is.

use std::cell::Cell;

use tokio::sync::Mutex;

use super::artifact::Artifact;
use super::facts::{digest, digests};
use super::{Evidence, RecordingError, Tried, command};
use crate::payload::{Decoded, Framing};
use crate::shell::{
    ExecFailure, Frame, Framed, Held, Lane, Length, Room, SMALLEST_PIECE, Shell, Span, Stream,
    Thrown,
};

/// Asks for pieces of one file.
pub(super) struct Pieces<'a, S> {
    pub(super) shell: &'a S,
    artifact: &'a Artifact,
    pub(super) size: u64,
    /// Whether pieces are handed out one by one, each in an array of its own. Each is then proven by its digest.
    is_streamed: bool,
    /// Whether all of the file cannot come in place of a piece any more.
    is_begun: Cell<bool>,
    /// The caller has one decoder.
    decoder: Mutex<()>,
}

/// The outcome of asking for a piece.
pub(super) enum Piece {
    Whole,
    /// All of the file came instead, as from a test double that knows no pieces.
    File,
    Damaged(Damage),
    /// As many bytes came, and others than on the box.
    Differs,
    Thrown(Thrown),
}

/// An answer that is not the piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Damage {
    decoded: Decoded,
    evidence: Evidence,
    expected: u64,
}

impl Damage {
    /// Whether the answer has no line of the frame.
    pub(super) fn is_bare(&self) -> bool {
        self.decoded.framing == Framing::Bare
    }
}

impl<'a, S: Shell> Pieces<'a, S> {
    pub(super) fn new(shell: &'a S, artifact: &'a Artifact, size: u64) -> Self {
        let (is_begun, decoder) = Default::default();
        Self { shell, artifact, size, is_streamed: false, is_begun, decoder }
    }

    pub(super) fn streamed(shell: &'a S, artifact: &'a Artifact, size: u64) -> Self {
        let is_begun = Cell::new(true);
        Self { is_streamed: true, is_begun, ..Self::new(shell, artifact, size) }
    }

    pub(super) fn is_begun(&self) -> bool {
        self.is_begun.get()
    }

    pub(super) fn path(&self) -> &str {
        &self.artifact.path
    }

    /// Asks for a piece once. The text of the answer is held in a lane that no other piece uses.
    pub(super) async fn ask(&self, lane: Lane, span: Span) -> Result<Piece, RecordingError> {
        let Artifact { path, run_as, .. } = self.artifact;
        let is_file = span == Span { offset: 0, length: self.size };
        let frame = Frame::new(&format!("{}+{}", span.offset, span.length));
        let command = if self.is_streamed {
            command::digested_piece(path, span, &frame, run_as.as_ref())
        } else if is_file {
            command::read(path, &frame, run_as.as_ref())
        } else {
            command::piece(path, span, &frame, run_as.as_ref())
        };
        let reply = match self.shell.exec_held(lane, command).await {
            Ok(reply) => reply,
            Err(ExecFailure::Unavailable) => return Err(RecordingError::Unavailable),
            Err(ExecFailure::Thrown(thrown)) => return Ok(Piece::Thrown(thrown)),
        };
        let mut evidence = Evidence::of(&reply);
        let bare = reply.payload().map(|(stream, _)| stream);
        let mut worst: Option<Decoded> = None;
        for (stream, text) in reply.texts().into_iter().flatten() {
            let decoded = self.decode(lane, stream, text, span, &frame).await?;
            let is_payload = match decoded.framing {
                Framing::Whole => true,
                Framing::Cut => false,
                Framing::Bare => bare == Some(stream),
            };
            if is_payload && decoded.fault.is_none() {
                // Without a frame nothing names the piece, so it is accepted only as all of the file.
                let is_named = decoded.framing == Framing::Whole || is_file;
                if is_named && decoded.length == span.length {
                    let is_framed = decoded.framing == Framing::Whole;
                    if self.is_streamed
                        && is_framed
                        && self.differs(lane, span, &text.tail, &frame).await?
                    {
                        return Ok(Piece::Differs);
                    }
                    self.is_begun.set(true);
                    return Ok(Piece::Whole);
                }
                // A text that the session returned twice is not the file, even where its length fits.
                let is_twice = decoded.length == 2 * span.length;
                if decoded.framing == Framing::Bare
                    && !self.is_begun()
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

    /// Whether the digest of a piece is another one than that on the box. Where the box has no tool for digests,
    /// nothing tells.
    async fn differs(
        &self,
        lane: Lane,
        span: Span,
        tail: &str,
        frame: &Frame,
    ) -> Result<bool, RecordingError> {
        let theirs = match frame.labelled(command::DIGEST).read(tail) {
            Framed::Whole(sum) if sum.trim().is_empty() => None,
            Framed::Whole(sum) if digest(sum).is_some() => digest(sum),
            // The end of the text was damaged, or has much noise.
            _ => digests(self.shell, self.artifact, &[span]).await.pop().flatten(),
        };
        let Some(theirs) = theirs else { return Ok(false) };
        let ours = self.shell.digests(lane, &[Span { offset: 0, ..span }]).await?;
        Ok(ours.first() != Some(&theirs))
    }

    async fn decode(
        &self,
        lane: Lane,
        stream: Stream,
        text: &Held,
        span: Span,
        frame: &Frame,
    ) -> Result<Decoded, Thrown> {
        let _turn = self.decoder.lock().await;
        let room = if self.is_streamed {
            Room { span: Span { offset: 0, ..span }, total: span.length }
        } else if self.is_begun() {
            Room { span, total: self.size }
        } else {
            // All of the file may come in place of the first piece. The room follows the length of the
            // text, so that a wrong size does not reserve memory.
            let length = self.size.min((text.length() as u64).div_ceil(4) * 3);
            Room { span: Span { offset: 0, length }, total: length }
        };
        self.shell.decode(lane, stream, frame, room).await
    }
}

/// The failures of one piece.
#[derive(Default)]
pub(super) struct Damages {
    first: Option<Damage>,
    count: u32,
    pub(super) at_smallest: u32,
    smallest: u64,
}

impl Damages {
    pub(super) fn add(&mut self, damage: Damage, length: u64) {
        self.first.get_or_insert(damage);
        self.count += 1;
        self.smallest = length;
        self.at_smallest += u32::from(length <= SMALLEST_PIECE);
    }

    pub(super) fn into_error(self, path: &str) -> RecordingError {
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
