//! Questions about a session's routing, which a router answers, by name.

use serde::Serialize;

use super::failure::{Failure, end};
use super::values::FromValue;
use crate::input::{InputError, Value};
use crate::resolution::{
    Flight, Following, Landing, Pointer, Process, ProcessId, Report, Route, Router, Run, Thrown,
    Transition, Verdict,
};

/// Defines [`ask_router`]: the name of each question, its arguments in their order, and the answer.
macro_rules! questions {
    ($router:ident: $($(#[doc = $doc:literal])+ $name:literal ($($arg:ident: $type:ty),*) -> $output:ty $body:block)*) => {
        /// JSON of a router's answer to the question called `name`, or of why there is none; `None` where
        /// there is no such question.
        #[must_use]
        pub fn ask_router($router: &mut Router, name: &str, args: Vec<Value>) -> Option<String> {
            let mut args = args.into_iter();
            match name {
                $($name => {
                    $(let $arg = <$type>::from_value(args.next().unwrap_or(Value::Absent), stringify!($arg));)*
                    let answer = move || -> Result<$output, Failure> { $(let $arg = $arg?;)* Ok($body) };
                    Some(end(answer()))
                })*
                _ => None,
            }
        }

        /// The questions as TypeScript has them.
        #[cfg(test)]
        pub(super) fn declarations() -> Vec<super::types::Declaration> {
            vec![$(super::types::Declaration {
                doc: concat!($($doc),+),
                name: $name,
                args: vec![$((stringify!($arg), <$type as super::types::Shape>::shape())),*],
                result: <$output as super::types::Shape>::shape(),
            }),*]
        }
    };
}

questions! { router:
    /// Whether an operation may be tried at all.
    "mayTry" () -> bool { router.may_try(0) }
    /// Ends a flight that has resolved a backend; the route to it and the event, or nothing where a newer one is
    /// there.
    "land" (flight: u32) -> Option<Landed> {
        match router.land(Flight(flight)) {
            Landing::Commit(Route(route), transition) => Some(Landed { route, transition }),
            Landing::Stale => None,
        }
    }
    /// Ends a flight that has failed.
    "abandon" (flight: u32) -> () { router.abandon(Flight(flight)); }
    /// What becomes of a run whose backend threw a value, by the fields of it; nothing where the operation itself
    /// has failed.
    "fail" (run: Run, fields: ThrownFields) -> Option<Fenced> {
        let ThrownFields(fenced, name, message, code) = fields;
        let thrown = Thrown { fenced, name: name.as_deref(), message: message.as_deref(), code };
        router.fail(&run, thrown).map(|(transition, verdict)| Fenced { transition, verdict })
    }
    /// What becomes of a run after which the pointer is so; nothing where its answer or failure counts.
    "check" (run: Run, epoch: f64, sandbox: u32) -> Option<Verdict> {
        router.check(&run, Pointer { epoch, sandbox })
    }
    /// Notes what the answer to a command tells of a process; the routes that have one.
    "start" (route: u32, session_id: Option<f64>, exit_code: Option<f64>, text: Option<String>) -> Vec<u32> {
        router.start(Route(route), Report { session_id, exit_code, text: text.as_deref() });
        process_routes(router)
    }
    /// What is next for a mutation that was admitted for a backend and not begun, since another one is active.
    "admitAgain" (run: Run) -> Verdict { router.admit_again(&run) }
    /// Notes what the answer to an input tells of its process; the routes that have one.
    "hear" (process: u32, session_id: Option<f64>, exit_code: Option<f64>, text: Option<String>) -> Vec<u32> {
        router.hear(ProcessId(process), Report { session_id, exit_code, text: text.as_deref() });
        process_routes(router)
    }
    /// Notes what the message of an error tells of the process that the input was for; the routes that have one.
    "lose" (process: u32, message: String) -> Vec<u32> {
        router.lose(ProcessId(process), &message);
        process_routes(router)
    }
    /// The process that a number means; nothing where none is known to run.
    "process" (number: f64) -> Option<Found> {
        router.process(number).map(|Process { id: ProcessId(id), route: Route(route), is_fenced, .. }| {
            Found { id, route, is_fenced }
        })
    }
    /// Where the input of a process goes after a fence of its backend, by the pointer as it is now.
    "follow" (run: Run, has_met_fence: bool, epoch: f64, sandbox: u32) -> Following {
        router.follow(&run, has_met_fence, Pointer { epoch, sandbox })
    }
    /// Moves a process to another route; the routes that have one, or nothing where it does not run there.
    "move" (process: u32, route: u32) -> Option<Vec<u32>> {
        router.move_process(ProcessId(process), Route(route)).then(|| process_routes(router))
    }
}

fn process_routes(router: &Router) -> Vec<u32> {
    router.process_routes().map(|Route(route)| route).collect()
}

/// A process that is known to run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    id: u32,
    route: u32,
    is_fenced: bool,
}

/// A backend that was resolved.
#[derive(Serialize)]
pub(super) struct Landed {
    route: u32,
    transition: Transition,
}

/// A run that was fenced off.
#[derive(Serialize)]
pub(super) struct Fenced {
    transition: Transition,
    #[serde(flatten)]
    verdict: Verdict,
}

/// The fields of a thrown value: `fenced`, `name`, `message` and `code`.
pub(super) struct ThrownFields(bool, Option<String>, Option<String>, Option<f64>);

impl FromValue for ThrownFields {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (fenced, name, message, code) = FromValue::from_value(value, field)?;
        Ok(Self(fenced, name, message, code))
    }
}

impl FromValue for Run {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (op, route, epoch, sandbox, fences, is_pinned) = FromValue::from_value(value, field)?;
        let pointer = Pointer { epoch, sandbox };
        Ok(Self { op, route: Route(route), pointer, fences, is_pinned })
    }
}
