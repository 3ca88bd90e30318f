//! Decides which backend an operation runs on, and what becomes of it when the run ends.
//!
//! The caller keeps the backends; the router keeps pointers and processes. One attempt of an operation is:
//!
//! 1. [`Router::begin`]. Then the caller reads the pointer.
//! 2. [`Router::lookup`]. It says to run on the cached backend, to resolve the pointer, to wait for a
//!    resolve of the same pointer, or to begin again. After a resolve or a wait, look up again.
//! 3. The run. It begins in the same turn of the event loop as the lookup that allowed it.
//! 4. [`Router::fail`] with the value that the backend threw, or [`Router::check`] with the pointer as it is
//!    after the run, where mutations run at most once. Either says whether there is a next attempt.
//!
//! Each resolve ends with one call of [`Router::land`] or [`Router::abandon`].
//!
//! The input of a process that an operation has left running goes to the backend of [`Router::process`]
//! instead: steps 1 and 2 are left out. After a fence of that backend, the pointer is read, and
//! [`Router::follow`] says whether the input goes through the steps and the process follows to the backend
//! that they lead to, by [`Router::move_process`].
//!
//! Pointers are compared for equality, so one may go back to a lower epoch. An attempt is *stale* where it
//! has read another pointer than the newest backend's, of no higher epoch, and has begun to read before that
//! one had been read: nobody knows which of the two came last. A stale attempt begins again, and its resolve
//! does not replace the newer backend.

use serde::Serialize;
use thiserror::Error;

use super::processes::{Process, ProcessId, Processes};
use super::{Report, Thrown, is_fence, is_refusal};
use crate::ecmascript::same;
use crate::input::{self, InputError, Value};

/// The default number of attempts after a fence.
const MAX_FENCE_RETRIES: f64 = 3.0;

/// After so many fences the next attempt waits for more than the next turn of the event loop.
const FENCES_WITHOUT_WAIT: u32 = 3;
/// The first wait after that, in milliseconds. Each further one is twice as long.
const SHORTEST_WAIT_MS: u32 = 10;
/// The longest wait, in milliseconds.
const LONGEST_WAIT_MS: u32 = 1_000;

/// The operations that change a box.
pub const MUTATIONS: [&str; 9] = [
    "exec",
    "execCommand",
    "writeStdin",
    "writeFile",
    "materializeEntry",
    "desktopInput",
    "createFile",
    "updateFile",
    "deleteFile",
];

/// What is decisive in an active pointer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pointer {
    /// Grows with every swap.
    pub epoch: f64,
    /// The number of the sandbox's id. The caller numbers ids, since they may be of any type: two have the
    /// same number where they are the same value.
    pub sandbox: u32,
}

/// Checks an epoch.
///
/// # Errors
///
/// When it is no finite number.
pub fn check_epoch(epoch: &Value) -> Result<f64, InputError> {
    input::number("activeEpoch", "a finite number", epoch, f64::is_finite)
}

/// A resolver has returned the routing session itself. An operation on it would recurse without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "resolveActiveBackend returned the routing session itself; it must return a backend's session"
)]
pub struct RoutedToItself;

/// Checks the session of a backend that a resolver has given, where that is no object.
///
/// # Errors
///
/// For every [`Value`] that is no object.
pub fn check_session(session: &Value) -> Result<(), InputError> {
    const FIELD: &str = "the session that resolveActiveBackend resolves to";
    match session {
        Value::Other("object" | "function") | Value::List(_) | Value::Bytes(_) => Ok(()),
        _ => Err(InputError::wrong_type(FIELD, "an object", session)),
    }
}

/// The manifest of a session was asked for that has no backend to describe yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the routing session has no backend yet, so its state has no manifest; pass defaultResolved, or \
     await prime() first"
)]
pub struct NoBackendYet;

/// The number of a committed backend, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route(pub u32);

/// One attempt of an operation. It begins before the pointer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The number of look-ups that had been made when it began.
    pub lookups: i64,
}

/// The number of a resolve, which several attempts may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flight(pub u32);

/// The next step of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Run on the cached backend.
    Cached,
    /// Wait for the resolve of the same pointer by another attempt, then look up again.
    Join(Flight),
    /// Resolve the pointer, then look up again.
    Resolve(Flight),
    /// Begin again: the pointer may be out of date.
    Stale,
}

/// What becomes of a resolved backend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Landing {
    /// It is now the cached backend.
    Commit(Route, Transition),
    /// It is dropped: a newer one was committed meanwhile.
    Stale,
}

/// An event for the observer of a routing session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// The kind of event.
    #[serde(rename = "type")]
    pub kind: TransitionKind,
    /// The epoch before the event; `to_epoch` where there was none.
    pub from_epoch: f64,
    /// The epoch after the event.
    pub to_epoch: f64,
}

/// The kinds of [`Transition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransitionKind {
    /// A backend was resolved for the same epoch as before, or for the first one.
    Resolved,
    /// A backend was resolved for another epoch than before.
    EpochChanged,
    /// The backend of an operation was fenced off.
    FencedRetry,
}

/// The run of an operation on a backend.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The name of the operation.
    pub op: String,
    /// The backend that it ran on.
    pub route: Route,
    /// The pointer that the backend was resolved for.
    pub pointer: Pointer,
    /// How often the operation has been superseded before.
    pub fences: u32,
    /// It is the input of a process that runs on this backend.
    pub is_pinned: bool,
}

impl Run {
    fn is_mutation(&self) -> bool {
        MUTATIONS.contains(&self.op.as_str())
    }
}

/// What a superseded run was to its box, and what is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What it was to its box.
    pub outcome: Outcome,
    /// What is next.
    #[serde(flatten)]
    pub next: Next,
}

/// What a run was to its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It has failed, and has changed nothing.
    Failed,
    /// The backend has refused it before anything ran.
    NotRun,
    /// It may have run, or may run still.
    Unknown,
}

/// What is next for a superseded operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "next", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Next {
    /// Another attempt, after a wait; one of 0 is the next turn of the event loop.
    Again {
        /// In milliseconds.
        wait_ms: u32,
    },
    /// Nothing: it rejects with the fence that it has met last.
    Fenced,
    /// Nothing: it rejects, since it has no attempts left, and no fence.
    Exhausted,
    /// Nothing: it rejects, since it may have run and must not run twice.
    OutcomeUnknown,
}

/// Where the input of a process goes whose backend has met an input with a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Following {
    /// To the active backend, which the process follows to.
    Active,
    /// To the backend of the process.
    Same,
    /// Nowhere: it rejects with the fence.
    Nowhere,
}

#[derive(Debug, Clone, Copy)]
struct Committed {
    pointer: Pointer,
    /// The number of the commit, from 1.
    number: u32,
    /// The number of the look-up that had read its pointer first.
    read: i64,
}

#[derive(Debug)]
struct Resolving {
    flight: Flight,
    attempt: Attempt,
    pointer: Pointer,
    read: i64,
    from_epoch: f64,
}

/// The routing state of one session.
#[derive(Debug)]
pub struct Router {
    max_fence_retries: f64,
    at_most_once: bool,
    /// The last commit, also where its backend was fenced off.
    newest: Option<Committed>,
    is_cached: bool,
    resolving: Vec<Resolving>,
    flights: u32,
    lookups: i64,
    processes: Processes,
}

impl Router {
    /// A router without a backend. An operation is tried once, and again after a fence up to
    /// `max_fence_retries` times; default: 3. With a negative number or NaN it is not tried at all. With
    /// `at_most_once`, a mutation that may have run is not tried again.
    #[must_use]
    pub fn new(max_fence_retries: Option<f64>, at_most_once: bool) -> Self {
        Self {
            max_fence_retries: max_fence_retries.unwrap_or(MAX_FENCE_RETRIES),
            at_most_once,
            newest: None,
            is_cached: false,
            resolving: Vec::new(),
            flights: 0,
            lookups: 0,
            processes: Processes::default(),
        }
    }

    /// Whether an operation that was superseded `fences` times may be tried.
    #[must_use]
    pub fn may_try(&self, fences: u32) -> bool {
        f64::from(fences) <= self.max_fence_retries
    }

    /// Begins an attempt. The pointer is read after that.
    #[must_use]
    pub fn begin(&self) -> Attempt {
        Attempt { lookups: self.lookups }
    }

    /// Returns the next step of an attempt that has read `pointer`.
    pub fn lookup(&mut self, attempt: Attempt, pointer: Pointer) -> Lookup {
        self.lookups += 1;
        if let Some(newest) = self.newest {
            if is_stale(newest, attempt, pointer) {
                return Lookup::Stale;
            }
            if self.is_cached && newest.pointer == pointer {
                return Lookup::Cached;
            }
        }
        if let Some(resolving) = self.resolving.iter_mut().find(|r| r.pointer == pointer) {
            // A resolve is as fresh as the newest attempt that has read its pointer.
            resolving.attempt.lookups = resolving.attempt.lookups.max(attempt.lookups);
            return Lookup::Join(resolving.flight);
        }
        self.flights = self.flights.wrapping_add(1);
        let flight = Flight(self.flights);
        let from_epoch = self.newest.map_or(pointer.epoch, |newest| newest.pointer.epoch);
        let read = self.lookups;
        self.resolving.push(Resolving { flight, attempt, pointer, read, from_epoch });
        Lookup::Resolve(flight)
    }

    /// Ends a flight that has resolved a backend.
    ///
    /// # Panics
    ///
    /// When the flight has ended already.
    pub fn land(&mut self, flight: Flight) -> Landing {
        let Resolving { attempt, pointer, read, from_epoch, .. } = self.end(flight);
        if let Some(newest) = self.newest
            && is_stale(newest, attempt, pointer)
        {
            return Landing::Stale;
        }
        let number = self.newest.map_or(0, |newest| newest.number) + 1;
        self.newest = Some(Committed { pointer, number, read });
        self.is_cached = true;
        let kind = if same(from_epoch, pointer.epoch) {
            TransitionKind::Resolved
        } else {
            TransitionKind::EpochChanged
        };
        let transition = Transition { kind, from_epoch, to_epoch: pointer.epoch };
        Landing::Commit(Route(number), transition)
    }

    /// Ends a flight that has failed. Nothing else changes.
    ///
    /// # Panics
    ///
    /// When the flight has ended already.
    pub fn abandon(&mut self, flight: Flight) {
        self.end(flight);
    }

    /// Handles the value that the backend of a run threw. A fence evicts this backend, and no newer one. For
    /// any other value the result is `None`: the operation itself has failed.
    pub fn fail(&mut self, run: &Run, thrown: Thrown) -> Option<(Transition, Verdict)> {
        if !is_fence(thrown) {
            return None;
        }
        let is_newest = self.newest.is_some_and(|newest| newest.number == run.route.0);
        self.is_cached &= !is_newest;
        if run.is_pinned {
            self.processes.fence(run.route);
        }
        let outcome = match run.is_mutation() {
            _ if is_refusal(thrown) => Outcome::NotRun,
            true => Outcome::Unknown,
            false => Outcome::Failed,
        };
        let next = match outcome {
            Outcome::Unknown if self.at_most_once => Next::OutcomeUnknown,
            _ => self.again(run).unwrap_or(Next::Fenced),
        };
        let Pointer { epoch, .. } = run.pointer;
        let transition =
            Transition { kind: TransitionKind::FencedRetry, from_epoch: epoch, to_epoch: epoch };
        Some((transition, Verdict { outcome, next }))
    }

    /// Compares the pointer after a run with the one that it ran for. `None` where it is the same, so the
    /// answer or the failure counts. A read on a superseded backend is repeated, and nobody knows what a mutation
    /// there came to.
    #[must_use]
    pub fn check(&self, run: &Run, now: Pointer) -> Option<Verdict> {
        if run.pointer == now {
            return None;
        }
        Some(if run.is_mutation() {
            Verdict { outcome: Outcome::Unknown, next: Next::OutcomeUnknown }
        } else {
            let next = self.again(run).unwrap_or(Next::Exhausted);
            Verdict { outcome: Outcome::Failed, next }
        })
    }

    /// What is next for a mutation that was admitted for a backend, and not begun, since another one is active.
    #[must_use]
    pub fn admit_again(&self, run: &Run) -> Verdict {
        let next = self.again(run).unwrap_or(Next::Exhausted);
        Verdict { outcome: Outcome::NotRun, next }
    }

    /// Notes the process that a command on `route` has left running, if it has left one. Its input goes to
    /// this backend from now on.
    pub fn start(&mut self, route: Route, report: Report) {
        self.processes.start(route, report);
    }

    /// Notes the answer to an input of a process.
    pub fn hear(&mut self, process: ProcessId, report: Report) {
        self.processes.hear(process, report);
    }

    /// Notes the message of the error that an input of a process was answered with.
    pub fn lose(&mut self, process: ProcessId, message: &str) {
        self.processes.lose(process, message);
    }

    /// The process that a number means; `None` where none is known to run.
    #[must_use]
    pub fn process(&self, number: f64) -> Option<Process> {
        self.processes.find(number)
    }

    /// Where an input goes after a fence of its process's backend, by the pointer as it is now. `run` is one on
    /// that backend. The input itself may have met a fence, or an earlier one has.
    ///
    /// The next backend has not started the process. Only where it is resolved for the same pointer is it
    /// another session with the same box.
    #[must_use]
    pub fn follow(&self, run: &Run, has_met_fence: bool, now: Pointer) -> Following {
        match has_met_fence {
            _ if run.pointer == now => Following::Active,
            true => Following::Nowhere,
            false => Following::Same,
        }
    }

    /// Moves a process to the backend that it follows to. Whether it runs there; where not, its input must not
    /// go there.
    pub fn move_process(&mut self, process: ProcessId, route: Route) -> bool {
        self.processes.follow(process, route)
    }

    /// The backends that have a process running. The caller keeps them.
    pub fn process_routes(&self) -> impl Iterator<Item = Route> {
        self.processes.routes()
    }

    /// The next attempt after a run, where there is one.
    fn again(&self, run: &Run) -> Option<Next> {
        let fences = run.fences.saturating_add(1);
        self.may_try(fences).then(|| Next::Again { wait_ms: wait_ms(fences) })
    }

    fn end(&mut self, flight: Flight) -> Resolving {
        let at = self.resolving.iter().position(|r| r.flight == flight);
        self.resolving.swap_remove(at.expect("a flight ends once"))
    }
}

/// Whether an attempt has begun to read before the newest pointer had been read, and has read another one, of
/// no higher epoch.
fn is_stale(newest: Committed, attempt: Attempt, pointer: Pointer) -> bool {
    attempt.lookups < newest.read
        && pointer != newest.pointer
        && pointer.epoch <= newest.pointer.epoch
}

/// How long the attempt after so many fences waits.
fn wait_ms(fences: u32) -> u32 {
    match fences.checked_sub(FENCES_WITHOUT_WAIT + 1) {
        None => 0,
        Some(doublings) => {
            let factor = 2_u32.saturating_pow(doublings);
            SHORTEST_WAIT_MS.saturating_mul(factor).min(LONGEST_WAIT_MS)
        }
    }
}
