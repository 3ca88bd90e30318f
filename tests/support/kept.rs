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

#[derive(Default)]
pub struct Kept {
    /// The value that a decode throws without memory for the bytes.
    pub no_memory: Cell<Option<Thrown>>,
    pub channel: Cell<Option<Channel>>,
    held: RefCell<HashMap<Lane, Reply>>,
    bytes: RefCell<Vec<u8>>,
}

impl Kept {
    /// The bytes that were decoded.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }

    pub fn hold(&self, lane: Lane, reply: Reply) -> Reply<Held> {
        let length = |text: &Option<String>| text.as_ref().map(|text| Held(text.len()));
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
        let mut bytes = self.bytes.borrow_mut();
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
        Ok(decoder.decoded())
    }

    pub fn digests(&self, spans: &[Span]) -> Vec<Digest> {
        spans.iter().map(|&span| payload::digest(&self.bytes.borrow(), span)).collect()
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

        async fn digests(&self, spans: &[Span]) -> Result<Vec<Digest>, Thrown> {
            Ok(self.kept.digests(spans))
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
