//! Decoding and digests, on the JavaScript thread and on threads of libuv's pool.

use std::sync::{Arc, Mutex, MutexGuard};

use napi::bindgen_prelude::{AsyncTask, Buffer, BufferSlice, External, Uint8Array};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

use super::operation::decoder;
use super::pool::{Guarded, in_pool};
use crate::payload::{self, Digester, FramedDecoder};
use crate::shell::Span;

/// Locks a value that a thread of the pool shares. A value is not used after a panic of its holder.
pub(super) fn locked<T>(value: &Mutex<T>) -> Result<MutexGuard<'_, T>> {
    value.lock().map_err(|_| Error::from_reason("an earlier step of this work has panicked"))
}

/// Decodes the next piece of a held text, in UTF-8. `output` is the same array in every call.
#[napi(catch_unwind)]
pub fn push_piece(slot: u32, piece: &[u8], mut output: BufferSlice) -> Result<()> {
    locked(&*decoder(slot)?)?.push(piece, &mut output);
    Ok(())
}

/// Decodes the next piece on a thread of the pool. `part` is the beginning of the output, up to the last
/// byte that the text can have at the end of the piece. One piece of a text is decoded at a time.
///
/// Until the promise settles, the piece must not be written, the part must be neither read nor written,
/// and the buffers of both must be neither transferred nor resized.
#[napi(ts_return_type = "Promise<void>")]
pub fn push_piece_in_pool(
    slot: u32,
    piece: Uint8Array,
    part: Uint8Array,
) -> Result<AsyncTask<Guarded<PushPiece>>> {
    Ok(in_pool(PushPiece { decoder: decoder(slot)?, piece, part }))
}

pub struct PushPiece {
    decoder: Arc<Mutex<FramedDecoder>>,
    piece: Uint8Array,
    part: Uint8Array,
}

impl Task for PushPiece {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        let mut decoder = locked(&self.decoder)?;
        // SAFETY: Nothing else reads or writes the memory of `part` while this runs:
        // `js/recording/payload.js` has one piece of a text in the pool at a time, and meanwhile writes only
        // beyond the end of the part. The memory does not move: the reference keeps the view and its buffer
        // alive, and the buffer, which could be transferred or resized, does not leave `js/` before the
        // read has ended.
        #[expect(unsafe_code, reason = "napi cannot know what JavaScript does with the array")]
        let part = unsafe { self.part.as_mut() };
        decoder.push(&self.piece, part);
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// Returns the SHA-256 digests of parts of `bytes`, one after the other. `spans` has the offset and the
/// length of each part.
#[napi(catch_unwind)]
pub fn digest(bytes: &[u8], spans: Vec<f64>) -> Buffer {
    spans_of(&spans).flat_map(|span| payload::digest(bytes, span)).collect::<Vec<_>>().into()
}

type SharedDigester = Arc<Mutex<Digester>>;

/// Begins the digests of parts of an array. `digestInPool` computes them in steps.
#[napi(catch_unwind, ts_return_type = "object")]
pub fn begin_digests(spans: Vec<f64>) -> External<SharedDigester> {
    External::new(Arc::new(Mutex::new(Digester::new(spans_of(&spans).collect()))))
}

/// Hashes the next `count` bytes on a thread of the pool. Resolves to all digests after the last step, and
/// to `null` before. One step runs at a time. `bytes` is the same array in every step. Until the promise
/// settles, the array must not be written, and its buffer must be neither transferred nor resized.
#[napi(ts_return_type = "Promise<Buffer | null>")]
pub fn digest_in_pool(
    #[napi(ts_arg_type = "object")] digests: &External<SharedDigester>,
    bytes: Uint8Array,
    count: u32,
) -> AsyncTask<Guarded<DigestStep>> {
    in_pool(DigestStep { digester: Arc::clone(digests), bytes, count: count as usize })
}

pub struct DigestStep {
    digester: SharedDigester,
    bytes: Uint8Array,
    count: usize,
}

impl Task for DigestStep {
    type Output = Option<Vec<u8>>;
    type JsValue = Option<Buffer>;

    fn compute(&mut self) -> Result<Option<Vec<u8>>> {
        let made = locked(&self.digester)?.advance(&self.bytes, self.count);
        Ok(made.map(|digests| digests.concat()))
    }

    fn resolve(&mut self, _: Env, digests: Option<Vec<u8>>) -> Result<Option<Buffer>> {
        Ok(digests.map(Buffer::from))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "offsets and lengths are the core's own"
)]
pub(super) fn spans_of(numbers: &[f64]) -> impl Iterator<Item = Span> {
    let (spans, _) = numbers.as_chunks();
    spans.iter().map(|&[offset, length]| Span { offset: offset as u64, length: length as u64 })
}
