//! Operations on a session as JavaScript steps them.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use napi::bindgen_prelude::{BufferSlice, Either6};
use napi::{Error, Result};
use napi_derive::napi;
use serde::Serialize;
use slab::Slab;

use super::end::{Failure, settled};
use super::payload::locked;
use super::slots::{release, reserve, with};
use crate::container::Container;
use crate::flow::{Flow, Step};
use crate::payload::FramedDecoder;
use crate::recording::{Finalized, RecordingProcess};
use crate::shell::{
    Digest, Effect, EffectShell, Exec, Held, Instant, Outcome, Reply, Room, Span, Stream, Thrown,
};

/// What an operation came to.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Output {
    Started(Started),
    Stopped(bool),
    Finalized(Finalized),
    Deleted,
}

/// A recording that was launched, with what its handle has no place for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    pub(super) process: RecordingProcess,
    /// When, by the steady clock.
    pub(super) launched_ms: f64,
    pub(super) max_seconds: f64,
}

pub(super) type OperationResult = std::result::Result<Output, Failure>;

/// What JavaScript is asked to do, by the name of the effect and its arguments; or the end, as JSON.
/// The arguments of a command are apart, since there are some in every operation.
#[napi]
pub type NodeStep = Either6<
    (&'static str,),
    (&'static str, String, u32, Option<u32>, Option<String>),
    (&'static str, &'static str, f64, f64, f64),
    (&'static str, Vec<f64>),
    (&'static str, f64, u32),
    String,
>;

#[expect(clippy::cast_precision_loss, reason = "lengths are below 2^53")]
fn node_step(step: Step<Effect, OperationResult>) -> Result<NodeStep> {
    Ok(match step {
        Step::Ask(Effect::CanExec) => Either6::A(("canExec",)),
        Step::Ask(Effect::Now) => Either6::A(("now",)),
        Step::Ask(Effect::Inspect) => Either6::A(("inspect",)),
        Step::Ask(Effect::Exec { args, hold }) => {
            let name = if hold { "execHeld" } else { "exec" };
            let Exec { cmd, run_as, yield_time_ms, max_output_tokens } = args;
            Either6::B((name, cmd, yield_time_ms, max_output_tokens, run_as))
        }
        Step::Ask(Effect::Decode { stream, room: Room { span, total }, .. }) => {
            let stream = match stream {
                Stream::Stdout => "stdout",
                Stream::Output => "output",
            };
            let Span { offset, length } = span;
            Either6::C(("decode", stream, offset as f64, length as f64, total as f64))
        }
        Step::Ask(Effect::Digest(spans)) => {
            let numbers = spans.iter().flat_map(|span| [span.offset as f64, span.length as f64]);
            Either6::D(("digest", numbers.collect()))
        }
        Step::Ask(Effect::Remember(channel)) => {
            let (through, patience) = channel.known().unwrap_or_default();
            Either6::E(("remember", through as f64, patience))
        }
        Step::Done(result) => Either6::F(settled(result)?),
    })
}

type NodeFlow = Flow<Effect, Outcome, OperationResult>;

/// Where one operation after another is stepped.
#[derive(Default)]
struct Slot {
    flow: Option<NodeFlow>,
    decoder: Arc<Mutex<FramedDecoder>>,
}

thread_local! {
    static SLOTS: RefCell<Slab<Slot>> = RefCell::default();
}

impl Slot {
    /// Keeps a flow that goes on, and gives its step.
    fn keep(&mut self, flow: NodeFlow, step: Step<Effect, OperationResult>) -> Result<NodeStep> {
        self.flow = matches!(step, Step::Ask(_)).then_some(flow);
        if let Step::Ask(Effect::Decode { frame, .. }) = &step {
            self.decoder = Arc::new(Mutex::new(FramedDecoder::new(frame.clone())));
        }
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

/// The time, in milliseconds since the Unix epoch and by a clock that only goes on.
#[napi(catch_unwind)]
pub fn answer_now(slot: u32, epoch_ms: f64, steady_ms: f64) -> Result<NodeStep> {
    answer(slot, Outcome::Now(Instant { epoch_ms, steady_ms }))
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
    answer(slot, Outcome::Held(Reply { output, stdout, stderr, session_id, exit_code }))
}

/// The decoder of the text that the operation in a slot holds.
pub(super) fn decoder(slot: u32) -> Result<Arc<Mutex<FramedDecoder>>> {
    with(&SLOTS, slot, |slot| Ok(Arc::clone(&slot.decoder)))
}

/// A held text is decoded: all its pieces are through.
#[napi(catch_unwind)]
pub fn answer_decoded(slot: u32, mut output: BufferSlice) -> Result<NodeStep> {
    let decoded = {
        let decoder = decoder(slot)?;
        let mut decoder = locked(&decoder)?;
        decoder.finish(&mut output);
        decoder.decoded()
    };
    answer(slot, Outcome::Decoded(decoded))
}

/// Digests, one after the other.
#[napi(catch_unwind)]
pub fn answer_digested(slot: u32, digests: &[u8]) -> Result<NodeStep> {
    let (digests, _) = digests.as_chunks::<{ size_of::<Digest>() }>();
    answer(slot, Outcome::Digested(digests.to_vec()))
}

/// All of the decoded bytes.
#[napi(catch_unwind)]
pub fn answer_inspected(slot: u32, bytes: &[u8]) -> Result<NodeStep> {
    answer(slot, Outcome::Inspected(Container::of(bytes)))
}

/// What is known of the session's channel is kept.
#[napi(catch_unwind)]
pub fn answer_remembered(slot: u32) -> Result<NodeStep> {
    answer(slot, Outcome::Remembered)
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
