//! The payload decoder, at once or on libuv's pool.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::payload::{Decoded, PayloadDecoder};

/// Decodes base64 text, fed in pieces, into one array.
#[napi(js_name = "PayloadDecoder")]
#[derive(Default)]
pub struct NodePayloadDecoder {
    decoder: Arc<InTurn<PayloadDecoder>>,
    /// How many pieces went to the pool.
    pushed: AtomicU32,
}

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
        self.decoder.lock().value.push(&piece, &mut output);
    }

    /// Decodes the next piece off the JavaScript thread. Several may be under way: they are decoded
    /// in the order of the calls. Both arrays must be left alone until the promise has settled.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push_in_pool(&self, piece: Uint8Array, output: Buffer) -> AsyncTask<PushPiece> {
        let turn = self.pushed.fetch_add(1, Ordering::Relaxed);
        AsyncTask::new(PushPiece { decoder: Arc::clone(&self.decoder), turn, piece, output })
    }

    /// Decodes the last characters. Called once, when all pieces are through.
    #[napi(catch_unwind)]
    pub fn finish(&self, mut output: Buffer) {
        self.decoder.lock().value.finish(&mut output);
    }
}

impl NodePayloadDecoder {
    pub(super) fn decoded(&self) -> Decoded {
        self.decoder.lock().value.decoded()
    }
}

/// A value that is used by one at a time.
#[derive(Default)]
struct InTurn<T> {
    queue: Mutex<Queue<T>>,
    moved: Condvar,
}

#[derive(Default)]
struct Queue<T> {
    value: T,
    /// Whose turn it is.
    turn: u32,
}

impl<T> InTurn<T> {
    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the value when all turns before `turn` have ended. The pool begins its tasks in their
    /// order, so those are under way.
    fn in_turn(&self, turn: u32, body: impl FnOnce(&mut T)) {
        let is_early = |queue: &mut Queue<T>| queue.turn != turn;
        let waited = self.moved.wait_while(self.lock(), is_early);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        // Ended before it is used: should the body panic, nobody waits for it.
        queue.turn = turn.wrapping_add(1);
        body(&mut queue.value);
        drop(queue);
        self.moved.notify_all();
    }
}

pub struct PushPiece {
    decoder: Arc<InTurn<PayloadDecoder>>,
    turn: u32,
    piece: Uint8Array,
    output: Buffer,
}

impl Task for PushPiece {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        let Self { decoder, turn, piece, output } = self;
        decoder.in_turn(*turn, |decoder| decoder.push(piece, output));
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}
