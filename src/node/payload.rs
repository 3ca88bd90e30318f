//! Texts and bytes that stay with JavaScript.

use std::sync::{Arc, Mutex};

use napi::bindgen_prelude::{AsyncTask, Buffer, BufferSlice, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;

use super::operation::{decoder, locked, spans};
use crate::payload::{self, FramedDecoder};

/// Decodes the next piece of a held text, in UTF-8. `output` is the same array every time.
#[napi(catch_unwind)]
pub fn push_piece(slot: u32, piece: &[u8], mut output: BufferSlice) -> Result<()> {
    let decoder = decoder(slot)?;
    locked(&decoder).push(piece, &mut output);
    Ok(())
}

/// Decodes the next piece off the JavaScript thread, one at a time. Until the promise has settled, the
/// piece must be left alone, and of `output` what the pieces so far stand for at most.
#[napi(ts_return_type = "Promise<void>")]
pub fn push_piece_in_pool(
    slot: u32,
    piece: Uint8Array,
    output: Buffer,
) -> Result<AsyncTask<PushPiece>> {
    Ok(AsyncTask::new(PushPiece { decoder: decoder(slot)?, piece, output }))
}

pub struct PushPiece {
    decoder: Arc<Mutex<FramedDecoder>>,
    piece: Uint8Array,
    output: Buffer,
}

impl Task for PushPiece {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        locked(&self.decoder).push(&self.piece, &mut self.output);
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// The SHA-256 digests of parts of bytes, one after the other. `spans` are offsets and lengths.
#[napi(catch_unwind)]
pub fn digest(bytes: &[u8], spans: Vec<f64>) -> Buffer {
    digests(bytes, &spans).into()
}

/// The same off the JavaScript thread.
#[napi(ts_return_type = "Promise<Buffer>")]
pub fn digest_in_pool(bytes: Uint8Array, spans: Vec<f64>) -> AsyncTask<DigestParts> {
    AsyncTask::new(DigestParts { bytes, spans })
}

fn digests(bytes: &[u8], numbers: &[f64]) -> Vec<u8> {
    spans(numbers).flat_map(|span| payload::digest(bytes, span)).collect()
}

pub struct DigestParts {
    bytes: Uint8Array,
    spans: Vec<f64>,
}

impl Task for DigestParts {
    type Output = Vec<u8>;
    type JsValue = Buffer;

    fn compute(&mut self) -> Result<Vec<u8>> {
        Ok(digests(&self.bytes, &self.spans))
    }

    fn resolve(&mut self, _: Env, digests: Vec<u8>) -> Result<Buffer> {
        Ok(digests.into())
    }
}
