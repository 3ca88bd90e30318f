//! A recording flow as JavaScript steps it.

use napi::Result;
use napi_derive::napi;
use serde::Serialize;

use super::end::{End, Failure};
use super::json;
use super::payload::NodePayloadDecoder;
use crate::flow::{Flow, Step};
use crate::recording::{Finalized, RecordingProcess};
use crate::shell::{Effect, EffectShell, Held, Outcome, Reply, Thrown};

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

#[derive(Serialize)]
#[serde(untagged)]
enum NodeStep {
    Ask(Effect),
    End(End<Output>),
}

/// One operation on a session, stepped from JavaScript: perform the effect of a step, then call the
/// method that carries its outcome. A step is JSON text.
#[napi]
pub struct OperationFlow(Flow<Effect, Outcome, OperationResult>);

impl OperationFlow {
    pub(super) fn new<F>(body: impl FnOnce(EffectShell) -> F) -> Self
    where
        F: Future<Output = OperationResult> + 'static,
    {
        Self(Flow::new(|port| body(EffectShell::new(port))))
    }

    fn answer(&mut self, outcome: Outcome) -> Result<String> {
        step(self.0.answer(outcome))
    }
}

fn step(step: Step<Effect, OperationResult>) -> Result<String> {
    json::text(&match step {
        Step::Ask(effect) => NodeStep::Ask(effect),
        Step::Done(result) => NodeStep::End(result.into()),
    })
}

#[napi]
impl OperationFlow {
    /// The first step.
    #[napi(catch_unwind)]
    pub fn start(&mut self) -> Result<String> {
        step(self.0.start())
    }

    /// Whether the session can run commands.
    #[napi(catch_unwind)]
    pub fn can_exec(&mut self, can: bool) -> Result<String> {
        self.answer(Outcome::CanExec(can))
    }

    /// The time, in milliseconds since the Unix epoch.
    #[napi(catch_unwind)]
    pub fn now(&mut self, now: f64) -> Result<String> {
        self.answer(Outcome::Now(now))
    }

    /// What a command left behind.
    #[napi(catch_unwind)]
    pub fn replied(
        &mut self,
        output: Option<String>,
        stderr: Option<String>,
        stdout: Option<String>,
        session_id: Option<f64>,
        exit_code: Option<f64>,
    ) -> Result<String> {
        let reply = Reply { output, stdout, stderr, session_id, exit_code };
        self.answer(Outcome::Replied(reply))
    }

    /// What a command left behind, with the lengths of the texts that JavaScript holds.
    #[napi(catch_unwind)]
    pub fn held(
        &mut self,
        output: Option<u32>,
        stderr: Option<String>,
        stdout: Option<u32>,
        session_id: Option<f64>,
        exit_code: Option<f64>,
    ) -> Result<String> {
        let held = |length| Held(length as usize);
        let (output, stdout) = (output.map(held), stdout.map(held));
        let reply = Reply { output, stdout, stderr, session_id, exit_code };
        self.answer(Outcome::Held(reply))
    }

    /// What came of decoding a held text.
    #[napi(catch_unwind)]
    pub fn decoded(&mut self, decoder: &NodePayloadDecoder) -> Result<String> {
        self.answer(Outcome::Decoded(decoder.decoded()))
    }

    /// The session has nothing to run commands with.
    #[napi(catch_unwind)]
    pub fn unavailable(&mut self) -> Result<String> {
        self.answer(Outcome::Unavailable)
    }

    /// The session threw; JavaScript keeps the value under `number`.
    #[napi(catch_unwind)]
    pub fn thrown(&mut self, number: u32) -> Result<String> {
        self.answer(Outcome::Thrown(Thrown(number)))
    }
}
