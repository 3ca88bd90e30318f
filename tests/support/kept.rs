//! The memory of a session's caller: held texts, and the bytes that are decoded from them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use opengeni_runtime_native::container::Container;
use opengeni_runtime_native::payload::{self, Decoded, FramedDecoder};
use opengeni_runtime_native::shell::{
    Channel, Digest, Frame, Held, Lane, Reply, Room, Span, Stream, Thrown,
};

/// A text is decoded this many bytes at a time, so that lines of a frame cross the ends of pieces.
const PIECE: usize = 1_009;
/// The length of a text's tail, in bytes.
const TAIL: usize = 1_024;

#[derive(Default)]
pub struct Kept {
    /// The value that a decode throws without memory for the bytes.
    pub no_memory: Cell<Option<Thrown>>,
    pub channel: Cell<Option<Channel>>,
    held: RefCell<HashMap<Lane, Reply>>,
    bytes: RefCell<Vec<u8>>,
    /// Whether pieces are handed out, each in an array of its own.
    pub is_streamed: Cell<bool>,
    pieces: RefCell<HashMap<Lane, Vec<u8>>>,
    /// The greatest number of pieces that were there at once.
    pub most_pieces: Cell<usize>,
    /// What was told of the progress.
    pub told: RefCell<Vec<(u64, u64)>>,
}

impl Kept {
    /// The bytes that were decoded.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }

    pub fn hold(&self, lane: Lane, reply: Reply) -> Reply<Held> {
        let length = |text: &Option<String>| {
            text.as_ref().map(|text| {
                let start = text.len().saturating_sub(TAIL);
                let tail = text.get(start..).unwrap_or_default().to_owned();
                Held { length: text.len(), tail }
            })
        };
        let lengths = Reply {
            output: length(&reply.output),
            stdout: length(&reply.stdout),
            stderr: reply.stderr.clone(),
            session_id: reply.session_id,
            exit_code: reply.exit_code,
        };
        self.held.borrow_mut().insert(lane, reply);
        lengths
    }

    pub fn decode(
        &self,
        lane: Lane,
        stream: Stream,
        frame: &Frame,
        room: Room,
    ) -> Result<Decoded, Thrown> {
        if let Some(thrown) = self.no_memory.get() {
            return Err(thrown);
        }
        let text = self.take(lane, stream);
        let mut pieces_of = self.pieces.borrow_mut();
        let mut all = self.bytes.borrow_mut();
        let bytes =
            if self.is_streamed.get() { pieces_of.entry(lane).or_default() } else { &mut *all };
        if self.is_streamed.get() {
            bytes.clear();
        }
        let [start, end, total] = [room.span.offset, room.span.end(), room.total]
            .map(|at| usize::try_from(at).expect("short"));
        let length = bytes.len().max(total);
        bytes.resize(length, 0);
        let place = &mut bytes[start..end];
        let mut decoder = FramedDecoder::new(frame.clone());
        for piece in pieces(&text) {
            decoder.push(piece.as_bytes(), place);
        }
        decoder.finish(place);
        self.most_pieces.set(self.most_pieces.get().max(pieces_of.len()));
        Ok(decoder.decoded())
    }

    pub fn digests(&self, lane: Lane, spans: &[Span]) -> Vec<Digest> {
        let (pieces, all) = (self.pieces.borrow(), self.bytes.borrow());
        let bytes = if self.is_streamed.get() { &pieces[&lane] } else { &*all };
        spans.iter().map(|&span| payload::digest(bytes, span)).collect()
    }

    /// Appends the piece in a lane to the bytes.
    pub fn hand_out(&self, lane: Lane) {
        let piece = self.pieces.borrow_mut().remove(&lane).expect("the lane has a piece");
        self.bytes.borrow_mut().extend(piece);
    }

    pub fn container(&self) -> Container {
        Container::of(&self.bytes.borrow())
    }

    pub fn remember(&self, channel: Channel) {
        self.channel.set(Some(channel));
    }

    fn take(&self, lane: Lane, stream: Stream) -> String {
        let mut held = self.held.borrow_mut();
        let reply = held.get_mut(&lane).expect("decode follows exec_held");
        let text = match stream {
            Stream::Stdout => reply.stdout.take(),
            Stream::Output => reply.output.take(),
        };
        text.expect("the stream was filled, and is decoded once")
    }
}

/// The pieces of the text, which cut no character.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = PIECE.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (piece, others) = rest.split_at(end);
        rest = others;
        (!piece.is_empty()).then_some(piece)
    })
}

/// The methods of a [`Shell`] that use the caller's memory, the field `kept`.
macro_rules! keeps {
    () => {
        async fn exec_held(&self, lane: Lane, command: Exec) -> Result<Reply<Held>, ExecFailure> {
            Ok(self.kept.hold(lane, self.exec(command).await?))
        }

        async fn decode(
            &self,
            lane: Lane,
            stream: Stream,
            frame: &Frame,
            room: Room,
        ) -> Result<Decoded, Thrown> {
            self.kept.decode(lane, stream, frame, room)
        }

        async fn digests(&self, lane: Lane, spans: &[Span]) -> Result<Vec<Digest>, Thrown> {
            Ok(self.kept.digests(lane, spans))
        }

        async fn hand_out(&self, lane: Lane) -> Result<(), Thrown> {
            self.kept.hand_out(lane);
            Ok(())
        }

        async fn progress(&self, received: u64, total: u64) -> Result<(), Thrown> {
            self.kept.told.borrow_mut().push((received, total));
            Ok(())
        }

        async fn container(&self) -> Result<Container, Thrown> {
            Ok(self.kept.container())
        }

        async fn remember(&self, channel: Channel) {
            self.kept.remember(channel);
        }
    };
}
pub(crate) use keeps;
