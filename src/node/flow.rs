//! Operations on a session as JavaScript steps them.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{AsyncTask, Buffer, BufferSlice, Either4, Uint8Array};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;
use serde::Serialize;
use slab::Slab;

use super::end::{Failure, settled};
use super::slots::{release, reserve, with};
use crate::flow::{Flow, Step};
use crate::payload::PayloadDecoder;
use crate::recording::{Finalized, RecordingProcess};
use crate::shell::{Effect, EffectShell, Exec, Held, Outcome, Reply, Stream, Thrown};

/// What an operation came to.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Output {
    Started(RecordingProcess),
    Stopped(bool),
    Finalized(Finalized),
    Deleted,
}

pub(super) type OperationResult = std::result::Result<Output, Failure>;

/// What JavaScript is asked to do, by the name of the effect and its arguments; or the end, as JSON.
/// The arguments of a command are apart, since there are some in every operation.
#[napi]
pub type NodeStep = Either4<
    (&'static str,),
    (&'static str, String, u32, Option<u32>, Option<String>),
    (&'static str, &'static str, f64),
    String,
>;

#[expect(clippy::cast_precision_loss, reason = "capacities are below 2^53")]
fn node_step(step: Step<Effect, OperationResult>) -> Result<NodeStep> {
    Ok(match step {
        Step::Ask(Effect::CanExec) => Either4::A(("canExec",)),
        Step::Ask(Effect::Now) => Either4::A(("now",)),
        Step::Ask(Effect::Exec { args, hold }) => {
            let name = if hold { "execHeld" } else { "exec" };
            let Exec { cmd, run_as, yield_time_ms, max_output_tokens } = args;
            Either4::B((name, cmd, yield_time_ms, max_output_tokens, run_as))
        }
        Step::Ask(Effect::Decode { stream, capacity }) => {
            let stream = match stream {
                Stream::Stdout => "stdout",
                Stream::Output => "output",
            };
            Either4::C(("decode", stream, capacity as f64))
        }
        Step::Done(result) => Either4::D(settled(result)?),
    })
}

type NodeFlow = Flow<Effect, Outcome, OperationResult>;

/// Where one operation after another is stepped.
#[derive(Default)]
struct Slot {
    flow: Option<NodeFlow>,
    decoder: Arc<Mutex<PayloadDecoder>>,
}

thread_local! {
    static SLOTS: RefCell<Slab<Slot>> = RefCell::default();
}

impl Slot {
    /// Keeps a flow that goes on, and gives its step.
    fn keep(&mut self, flow: NodeFlow, step: Step<Effect, OperationResult>) -> Result<NodeStep> {
        self.flow = matches!(step, Step::Ask(_)).then_some(flow);
        node_step(step)
    }
}

/// Begins an operation in a slot, and gives its first step.
pub(super) fn begin<F>(slot: u32, body: impl FnOnce(EffectShell) -> F) -> Result<NodeStep>
where
    F: Future<Output = OperationResult> + 'static,
{
    with(&SLOTS, slot, |slot| {
        let mut flow = Flow::new(|port| body(EffectShell::new(port)));
        let step = flow.start();
        slot.keep(flow, step)
    })
}

fn answer(slot: u32, outcome: Outcome) -> Result<NodeStep> {
    with(&SLOTS, slot, |slot| {
        let mut flow = slot.flow.take().ok_or_else(|| Error::from_reason("nothing has begun"))?;
        let step = flow.answer(outcome);
        slot.keep(flow, step)
    })
}

/// A slot in which operations are stepped, one after another: begin one, perform the effect of each
/// step, then call the function that carries its outcome.
#[napi(catch_unwind)]
pub fn reserve_slot() -> Result<u32> {
    reserve(&SLOTS, Slot::default())
}

/// Gives a slot back, with the operation that has not ended in it.
#[napi(catch_unwind)]
pub fn release_slot(slot: u32) {
    release(&SLOTS, slot);
}

/// Whether the session can run commands.
#[napi(catch_unwind)]
pub fn answer_can_exec(slot: u32, can: bool) -> Result<NodeStep> {
    answer(slot, Outcome::CanExec(can))
}

/// The time, in milliseconds since the Unix epoch.
#[napi(catch_unwind)]
pub fn answer_now(slot: u32, now: f64) -> Result<NodeStep> {
    answer(slot, Outcome::Now(now))
}

/// What a command left behind.
#[napi(catch_unwind)]
pub fn answer_replied(
    slot: u32,
    output: Option<String>,
    stderr: Option<String>,
    stdout: Option<String>,
    session_id: Option<f64>,
    exit_code: Option<f64>,
) -> Result<NodeStep> {
    answer(slot, Outcome::Replied(Reply { output, stdout, stderr, session_id, exit_code }))
}

/// What a command left behind, with the lengths of the texts that JavaScript holds.
#[napi(catch_unwind)]
pub fn answer_held(
    slot: u32,
    output: Option<u32>,
    stderr: Option<String>,
    stdout: Option<u32>,
    session_id: Option<f64>,
    exit_code: Option<f64>,
) -> Result<NodeStep> {
    let held = |length| Held(length as usize);
    let (output, stdout) = (output.map(held), stdout.map(held));
    // What was decoded of another text that could not be finished is no part of this one.
    with(&SLOTS, slot, |slot| {
        slot.decoder = Arc::default();
        Ok(())
    })?;
    answer(slot, Outcome::Held(Reply { output, stdout, stderr, session_id, exit_code }))
}

/// Decodes the next piece of a held text, in UTF-8. `output` is the same array every time.
#[napi(catch_unwind)]
pub fn push_piece(slot: u32, piece: &[u8], mut output: BufferSlice) -> Result<()> {
    with(&SLOTS, slot, |slot| {
        locked(&slot.decoder).push(piece, &mut output);
        Ok(())
    })
}

/// Decodes the next piece off the JavaScript thread, one at a time. Until the promise has settled, the
/// piece must be left alone, and of `output` what the pieces so far stand for at most.
#[napi(ts_return_type = "Promise<void>")]
pub fn push_piece_in_pool(
    slot: u32,
    piece: Uint8Array,
    output: Buffer,
) -> Result<AsyncTask<PushPiece>> {
    with(&SLOTS, slot, |slot| {
        Ok(AsyncTask::new(PushPiece { decoder: Arc::clone(&slot.decoder), piece, output }))
    })
}

/// A held text is decoded: all its pieces are through.
#[napi(catch_unwind)]
pub fn answer_decoded(slot: u32, mut output: BufferSlice) -> Result<NodeStep> {
    let decoded = with(&SLOTS, slot, |slot| {
        let mut decoder = locked(&slot.decoder);
        decoder.finish(&mut output);
        Ok(decoder.decoded())
    })?;
    answer(slot, Outcome::Decoded(decoded))
}

/// The session has nothing to run commands with.
#[napi(catch_unwind)]
pub fn answer_unavailable(slot: u32) -> Result<NodeStep> {
    answer(slot, Outcome::Unavailable)
}

/// The session threw; JavaScript keeps the value under `number`.
#[napi(catch_unwind)]
pub fn answer_thrown(slot: u32, number: u32) -> Result<NodeStep> {
    answer(slot, Outcome::Thrown(Thrown(number)))
}

fn locked(decoder: &Mutex<PayloadDecoder>) -> MutexGuard<'_, PayloadDecoder> {
    decoder.lock().unwrap_or_else(PoisonError::into_inner)
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
        locked(&self.decoder).push(&self.piece, &mut self.output);
        Ok(())
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}
