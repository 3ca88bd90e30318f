//! The payload decoder, at once or on libuv's pool.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::payload::{Decoded, PayloadDecoder};

/// Decodes base64 text, fed in pieces, into one array.
#[napi(js_name = "PayloadDecoder")]
#[derive(Default)]
pub struct NodePayloadDecoder(Arc<Mutex<PayloadDecoder>>);

#[napi]
impl NodePayloadDecoder {
    /// A decoder at the start of a text.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes the next piece, in UTF-8. `output` is the same array every time.
    #[napi(catch_unwind)]
    pub fn push(&self, piece: Uint8Array, mut output: Buffer) {
        with(&self.0, |decoder| decoder.push(&piece, &mut output));
    }

    /// Decodes the next piece off the JavaScript thread, one at a time. Both arrays must be left alone
    /// until the promise has settled.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push_in_pool(&self, piece: Uint8Array, output: Buffer) -> AsyncTask<PushPiece> {
        AsyncTask::new(PushPiece { decoder: Arc::clone(&self.0), piece, output })
    }

    /// Decodes the last characters. Called once, when all pieces are through.
    #[napi(catch_unwind)]
    pub fn finish(&self, mut output: Buffer) {
        with(&self.0, |decoder| decoder.finish(&mut output));
    }
}

impl NodePayloadDecoder {
    pub(super) fn decoded(&self) -> Decoded {
        with(&self.0, |decoder| decoder.decoded())
    }
}

fn with<T>(decoder: &Mutex<PayloadDecoder>, body: impl FnOnce(&mut PayloadDecoder) -> T) -> T {
    body(&mut decoder.lock().unwrap_or_else(PoisonError::into_inner))
}

pub struct PushPiece {
    decoder: Arc<Mutex<PayloadDecoder>>,
    piece: Uint8Array,
    output: Buffer,
}

impl Task for PushPiece {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        with(&self.decoder, |decoder| {
            decoder.push(&self.piece, &mut self.output);
        });
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}
