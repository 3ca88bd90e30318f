//! Reads parts of a file in pieces, several at once where the session runs several commands at once.

use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::RecordingError;
use super::piece::{Damages, Piece, Pieces};
use crate::shell::{Channel, LANES, Lane, SMALLEST_PIECE, Shell, Span};

/// The read fails after this many failures of a piece at its smallest length.
pub(super) const TRIES: u32 = 3;

/// The answer to a command that is out.
type Answer<'a> = Pin<Box<dyn Future<Output = (Asked, Result<Piece, RecordingError>)> + 'a>>;

/// A piece that is asked for, and the lane of its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) lane: Lane,
    pub(super) span: Span,
}

/// The read of some parts of a file.
///
/// The first piece is asked for alone. Where several are out and one of a length that is known to come
/// through does not come whole, no more are asked for until all are back. It is then asked for alone: where it
/// comes whole, the session does not run so many commands at once. A piece of a greater length is out by itself
/// among others, and a failure is taken for one of the length.
pub(super) struct Fetch<'a, S> {
    pieces: &'a Pieces<'a, S>,
    channel: &'a mut Channel,
    /// The parts that are not asked for yet, the first of them last.
    todo: Vec<Span>,
    /// The lanes that are free.
    lanes: Vec<Lane>,
    out: FuturesUnordered<Answer<'a>>,
    /// Whether a piece is out that is longer than those that came through.
    is_probing: bool,
    /// The pieces that did not come whole while others were out.
    missed: Vec<(Asked, Piece)>,
    /// The number of pieces that were out with them and came whole.
    fitting: usize,
}

impl<'a, S: Shell> Fetch<'a, S> {
    /// The parts are in the order of the file, and do not overlap.
    pub(super) fn new(
        pieces: &'a Pieces<'a, S>,
        channel: &'a mut Channel,
        parts: impl DoubleEndedIterator<Item = Span>,
    ) -> Self {
        Self {
            pieces,
            channel,
            todo: parts.rev().collect(),
            lanes: (0..LANES).rev().collect(),
            out: FuturesUnordered::new(),
            is_probing: false,
            missed: Vec::new(),
            fitting: 0,
        }
    }

    /// Returns the next piece that came whole, in any order; `None` after the last one. Its lane is taken until
    /// [`Self::release`].
    pub(super) async fn next(&mut self) -> Result<Option<Asked>, RecordingError> {
        loop {
            if self.out.is_empty() {
                if let Some((asked, missed)) = self.first_missed() {
                    return self.alone(asked, Some(missed)).await.map(Some);
                }
                if !self.runs_several() {
                    let Some(asked) = self.take() else { return Ok(None) };
                    return self.alone(asked, None).await.map(Some);
                }
            }
            while self.missed.is_empty()
                && self.runs_several()
                && self.out.len() < self.channel.at_once() as usize
                && let Some(asked) = self.take()
            {
                let pieces = self.pieces;
                self.out.push(Box::pin(async move {
                    (asked, pieces.ask(asked.lane, asked.span).await)
                }));
            }
            let Some((asked, piece)) = self.out.next().await else { return Ok(None) };
            let length = asked.span.length;
            let is_probe = !self.channel.carries(length);
            self.is_probing &= !is_probe;
            match piece? {
                Piece::Whole | Piece::File => {
                    self.channel.came_whole(length);
                    return Ok(Some(asked));
                }
                Piece::Damaged(_) | Piece::Thrown(_) if is_probe => {
                    self.channel.failed(length);
                    self.put_back(asked.span);
                    self.release(asked.lane);
                }
                missed => {
                    if self.missed.is_empty() {
                        self.fitting = self.out.len() + 1;
                    }
                    self.fitting -= 1;
                    self.missed.push((asked, missed));
                }
            }
        }
    }

    /// Makes a lane free for another piece.
    pub(super) fn release(&mut self, lane: Lane) {
        self.lanes.push(lane);
    }

    fn runs_several(&self) -> bool {
        self.pieces.is_begun() && self.channel.carries(1) && self.channel.at_once() > 1
    }

    /// Takes the next piece out of what is to do, where a lane is free.
    fn take(&mut self) -> Option<Asked> {
        let part = self.todo.last_mut()?;
        let lane = self.lanes.pop()?;
        let length = self.channel.piece(part.length, self.is_probing);
        self.is_probing |= !self.channel.carries(length);
        let span = Span { offset: part.offset, length };
        *part = Span { offset: span.end(), length: part.length - length };
        if part.length == 0 {
            self.todo.pop();
        }
        Some(Asked { lane, span })
    }

    fn put_back(&mut self, part: Span) {
        let at = self.todo.partition_point(|other| other.offset > part.offset);
        self.todo.insert(at, part);
    }

    /// Takes out the first of the missed pieces. Where pieces have become shorter meanwhile, the others are
    /// asked for like new ones.
    fn first_missed(&mut self) -> Option<(Asked, Piece)> {
        self.missed.sort_by_key(|(asked, _)| std::cmp::Reverse(asked.span.offset));
        while let Some((asked, missed)) = self.missed.pop() {
            if self.channel.carries(asked.span.length) {
                return Some((asked, missed));
            }
            self.put_back(asked.span);
            self.release(asked.lane);
        }
        None
    }

    /// Asks for a piece while no other is out, shorter where it does not come whole, and returns what came.
    /// `missed` is what came while others were out.
    async fn alone(
        &mut self,
        asked: Asked,
        missed: Option<Piece>,
    ) -> Result<Asked, RecordingError> {
        let Asked { lane, span: Span { offset, length: all } } = asked;
        let was_missed = missed.is_some();
        self.is_probing = false;
        let (mut damaged, mut thrown, mut differing) = (Damages::default(), 0, 0);
        let mut missed = missed;
        let mut length = all;
        // A length that has come through before is asked for once more before the piece shrinks.
        let mut is_spared = self.channel.carries(length);
        loop {
            let span = Span { offset, length };
            let piece = match missed.take() {
                Some(missed) => missed,
                None => self.pieces.ask(lane, span).await?,
            };
            match piece {
                Piece::Whole => {
                    if was_missed && length == all {
                        self.channel.runs(self.fitting);
                    }
                    self.channel.came_whole(length);
                    if length < all {
                        self.put_back(Span { offset: span.end(), length: all - length });
                    }
                    return Ok(Asked { lane, span });
                }
                Piece::File => {
                    self.todo.clear();
                    return Ok(Asked { lane, span: Span { offset: 0, length: self.pieces.size } });
                }
                Piece::Differs => {
                    differing += 1;
                    if differing == TRIES {
                        let path = self.pieces.path().to_owned();
                        return Err(RecordingError::OtherDigest { path });
                    }
                }
                Piece::Thrown(error) => {
                    thrown += 1;
                    if thrown == TRIES || self.pieces.size <= SMALLEST_PIECE {
                        return Err(RecordingError::Thrown(error));
                    }
                    // A piece of the smallest length tells whether the box is alive.
                    if !std::mem::take(&mut is_spared) && length > SMALLEST_PIECE {
                        self.channel.failed(length);
                        length = SMALLEST_PIECE;
                    }
                }
                Piece::Damaged(damage) => {
                    let is_bare = damage.is_bare();
                    damaged.add(damage, length);
                    let is_smallest = length <= SMALLEST_PIECE;
                    // A file of one smallest piece was not cut; without a frame it will not come.
                    let is_final = is_bare && self.pieces.size <= SMALLEST_PIECE;
                    if is_final || is_smallest && damaged.at_smallest == TRIES {
                        return Err(damaged.into_error(self.pieces.path()));
                    }
                    if !std::mem::take(&mut is_spared) {
                        self.channel.failed(length);
                        length = self.channel.piece(all, false).min(length);
                    }
                }
            }
        }
    }
}
