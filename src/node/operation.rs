//! The native functions that step operations.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use napi::bindgen_prelude::{BufferSlice, Either3, External, JsValue, ToNapiValue, TypeName};
use napi::{Env, Error, Result, ValueType, sys};
use napi_derive::napi;
use slab::Slab;

use super::payload::{locked, spans_of};
use super::slots::{self, Guard};
use super::wire::{Recorded, recorded};
use crate::boundary::{self, Answer, Call, Expects, Operation, OperationStep};
use crate::container::Container;
use crate::flow::{Number, Step};
use crate::input::Value;
use crate::payload::{self, FramedDecoder};
use crate::selfhosted::session::Response;
use crate::selfhosted::transport::{self, Delivery};
use crate::selfhosted::wire::Tape;
use crate::shell::{Digest, Instant, Thrown};

/// The place of one operation after another.
#[derive(Default)]
struct Slot {
    operation: Option<Operation>,
    /// The kinds of the open calls' answers.
    open: Vec<(Number, Expects)>,
    /// The decoder of the text that the operation decodes.
    decoder: Option<Arc<Mutex<FramedDecoder>>>,
}

thread_local! {
    static SLOTS: RefCell<Slab<Slot>> = RefCell::default();
}

/// The result of a step: one call, an array of calls, or the end as JSON.
type NodeStep = Either3<NodeCall, Vec<NodeCall>, String>;

/// A call as `[number, method, ...args]`. The method of a dropped call is `drop`.
pub struct NodeCall {
    number: Number,
    method: &'static str,
    args: Vec<Value>,
}

impl TypeName for NodeCall {
    fn type_name() -> &'static str {
        "Call"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

#[expect(unsafe_code, reason = "conversions of napi are unsafe functions")]
impl ToNapiValue for NodeCall {
    /// # Safety
    ///
    /// As the trait demands: on the thread of `env`.
    unsafe fn to_napi_value(env: sys::napi_env, call: Self) -> Result<sys::napi_value> {
        let Self { number, method, args } = call;
        // JavaScript reads the same for a missing element.
        let given = args.iter().rposition(|arg| *arg != Value::Absent).map_or(0, |last| last + 1);
        let given = u32::try_from(given).unwrap_or_default();
        let env = Env::from_raw(env);
        let mut array = env.create_array(2 + given)?;
        array.set(0, number)?;
        array.set(1, method)?;
        for (at, arg) in (0..given).zip(args) {
            // No JavaScript string is that long.
            let too_long = |_| Error::from_reason(format!("a text for {method} is too long"));
            array.set(2 + at, arg).map_err(too_long)?;
        }
        Ok(array.raw())
    }
}

impl Slot {
    fn take(&mut self, step: OperationStep) -> NodeStep {
        let (mut asks, dropped) = match step {
            Step::Done(end) => {
                (self.operation, self.decoder) = (None, None);
                self.open.clear();
                return Either3::C(end);
            }
            Step::Wait { asks, dropped } => (asks, dropped),
        };
        if asks.len() == 1 && dropped.is_empty() {
            let (number, call) = asks.remove(0);
            return Either3::A(self.call(number, call));
        }
        let mut calls: Vec<_> =
            asks.into_iter().map(|(number, call)| self.call(number, call)).collect();
        self.open.retain(|(open, _)| !dropped.contains(open));
        let drops = dropped.into_iter();
        calls.extend(drops.map(|number| NodeCall { number, method: "drop", args: Vec::new() }));
        Either3::B(calls)
    }

    /// Registers a call, and converts it.
    fn call(&mut self, number: Number, call: Call) -> NodeCall {
        let Call { method, args, expects } = call;
        if let Expects::Decoded(frame) = &expects {
            self.decoder = Some(Arc::new(Mutex::new(FramedDecoder::new(frame.clone()))));
        }
        self.open.push((number, expects));
        NodeCall { number, method, args }
    }

    fn decoder(&self) -> Result<Arc<Mutex<FramedDecoder>>> {
        self.decoder.clone().ok_or_else(|| Error::from_reason("no text is decoded"))
    }

    /// The kind of an open call's answer; `None` for a dropped call.
    fn expects(&mut self, number: Number) -> Option<Expects> {
        let at = self.open.iter().position(|(open, _)| *open == number)?;
        Some(self.open.swap_remove(at).1)
    }

    fn answer(&mut self, number: Number, answer: Answer) -> Result<OperationStep> {
        let operation = self.operation.as_mut();
        let operation = operation.ok_or_else(|| Error::from_reason("no operation has begun"))?;
        Ok(operation.answer(number, answer))
    }
}

/// Reserves a slot for as long as JavaScript keeps the returned guard. The operation in the slot ends with the
/// guard, even where it waits for an answer.
#[napi(catch_unwind)]
pub fn reserve() -> External<Guard> {
    Guard::new(&SLOTS, Slot::default())
}

fn with<T>(slot: u32, body: impl FnOnce(&mut Slot) -> Result<T>) -> Result<T> {
    slots::with(&SLOTS, slot, body)
}

/// Begins an operation in a slot, and returns its first step.
#[napi(catch_unwind, ts_return_type = "Step")]
pub fn begin(slot: u32, name: String, args: Vec<Value>) -> Result<NodeStep> {
    let begun = boundary::begin(&name, args);
    let begun =
        begun.ok_or_else(|| Error::from_reason(format!("no operation is called {name}")))?;
    with(slot, |slot| {
        slot.operation = Some(begun.operation);
        Ok(slot.take(begun.step))
    })
}

/// Takes the answer to a call, which is plain data, and the time: in milliseconds since the Unix epoch, and of a
/// monotonic clock.
#[napi(catch_unwind, ts_return_type = "Step")]
pub fn answer(
    slot: u32,
    number: u32,
    answer: Value,
    epoch_ms: f64,
    steady_ms: f64,
) -> Result<NodeStep> {
    with(slot, |slot| {
        slot.expects(number);
        let at = Instant { epoch_ms, steady_ms };
        let step = slot.answer(number, Answer::Value(answer, at))?;
        Ok(slot.take(step))
    })
}

/// Takes an answer of bytes: digests, or the bytes of the file.
#[napi(catch_unwind, ts_return_type = "Step")]
pub fn answer_bytes(slot: u32, number: u32, bytes: &[u8]) -> Result<NodeStep> {
    with(slot, |slot| {
        let answer = match slot.expects(number) {
            Some(Expects::Container) => Answer::Container(Container::of(bytes)),
            _ => Answer::Digests(bytes.as_chunks::<{ size_of::<Digest>() }>().0.to_vec()),
        };
        let step = slot.answer(number, answer)?;
        Ok(slot.take(step))
    })
}

/// The greatest number of bytes that are digested in the turn in which they were decoded. The pool would take
/// longer.
const SHORT: usize = 1 << 18;

/// Takes the result of decoding a held text into `output`, which is a part of `bytes`. Where the next question is
/// about a few bytes, it is answered here, too.
#[napi(catch_unwind, ts_return_type = "Step")]
pub fn answer_decoded(
    slot: u32,
    number: u32,
    mut output: BufferSlice,
    bytes: &[u8],
) -> Result<NodeStep> {
    with(slot, |slot| {
        slot.expects(number);
        let decoded = {
            let decoder = slot.decoder()?;
            let mut decoder = locked(&decoder)?;
            decoder.finish(&mut output);
            decoder.decoded()
        };
        let mut step = slot.answer(number, Answer::Decoded(decoded))?;
        while bytes.len() <= SHORT
            && let Step::Wait { asks, .. } = &step
            && let [(number, Call { args, expects, .. })] = asks.as_slice()
        {
            let answer = match expects {
                Expects::Container => Answer::Container(Container::of(bytes)),
                Expects::Digests => Answer::Digests(digests_of(bytes, args)),
                Expects::Value | Expects::Decoded(_) | Expects::Reply(_) => break,
            };
            step = slot.answer(*number, answer)?;
        }
        Ok(slot.take(step))
    })
}

fn digests_of(bytes: &[u8], args: &[Value]) -> Vec<Digest> {
    let [Value::List(numbers), ..] = args else { return Vec::new() };
    let number = |value: &Value| if let Value::Number(number) = value { *number } else { 0.0 };
    let numbers: Vec<f64> = numbers.iter().map(number).collect();
    spans_of(&numbers).map(|span| payload::digest(bytes, span)).collect()
}

/// Takes the reply to a request. Returns the next step, and the tape of the response, like `readReply`.
#[napi(
    catch_unwind,
    ts_return_type = "[step: Step, tape: string | [text: string, numbers: Float64Array]]"
)]
pub fn answer_reply(
    slot: u32,
    number: u32,
    reply: Option<&[u8]>,
    room: BufferSlice,
) -> Result<(NodeStep, Recorded)> {
    with(slot, |slot| {
        let request_id = match slot.expects(number) {
            Some(Expects::Reply(request_id)) => request_id,
            _ => String::new(),
        };
        let (response, tape) = match transport::read_reply(reply, &request_id) {
            Ok(reply) => (Response::of_reply(&reply), reply.tape),
            Err(error) => {
                let tape = Tape::of_error(&error);
                (Response::failed(error, Delivery::Unknown), tape)
            }
        };
        let step = slot.answer(number, Answer::Reply(response))?;
        Ok((slot.take(step), recorded(tape, room)))
    })
}

/// Takes the failure of a call. JavaScript keeps the value under the number `thrown`.
#[napi(catch_unwind, ts_return_type = "Step")]
pub fn fail(slot: u32, number: u32, thrown: u32) -> Result<NodeStep> {
    with(slot, |slot| {
        slot.expects(number);
        let step = slot.answer(number, Answer::Thrown(Thrown(thrown)))?;
        Ok(slot.take(step))
    })
}

/// Cancels the operation. JavaScript keeps the reason under the number `reason`.
#[napi(catch_unwind, ts_return_type = "Step")]
pub fn cancel(slot: u32, reason: u32) -> Result<NodeStep> {
    with(slot, |slot| {
        slot.open.clear();
        let operation = slot.operation.as_mut();
        let operation = operation.ok_or_else(|| Error::from_reason("no operation has begun"))?;
        let step = operation.cancel(Thrown(reason));
        Ok(slot.take(step))
    })
}

/// The decoder of the text that the operation in a slot holds.
pub(super) fn decoder(slot: u32) -> Result<Arc<Mutex<FramedDecoder>>> {
    with(slot, |slot| slot.decoder())
}

/// The answer to a question about plain data, or its failure, as JSON.
#[napi(catch_unwind)]
pub fn ask(name: String, args: Vec<Value>) -> Result<String> {
    let answer = boundary::ask(&name, args);
    answer.ok_or_else(|| Error::from_reason(format!("no question is called {name}")))
}
