//! Decides which backend an operation runs on.
//!
//! The caller keeps the backends; the router keeps the epochs. One attempt of an operation is:
//!
//! 1. [`Router::begin`]. Then the caller reads the pointer.
//! 2. [`Router::lookup`]. It says to run on the cached backend, to resolve the pointer, to wait for a
//!    resolve of the same pointer, or to begin again. After a resolve or a wait, look up again.
//! 3. The run. It begins in the same turn of the event loop as the lookup that allowed it.
//! 4. [`Router::fail`] with the value that the backend threw. After a fence, the next attempt.
//!
//! Each resolve ends with one call of [`Router::land`] or [`Router::abandon`].
//!
//! Epochs are compared for equality, so a pointer may go back to a lower one. An attempt is *stale*
//! where it has read a lower epoch before a newer one was committed. A stale attempt begins again, and
//! its resolve does not replace the newer backend.

use serde::Serialize;
use thiserror::Error;

use super::{Thrown, is_fence};
use crate::ecmascript::same;
use crate::input::{self, InputError, Value};

/// The default number of attempts after a fence.
const MAX_FENCE_RETRIES: f64 = 3.0;

/// An active pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Pointer {
    /// Grows with every swap.
    pub epoch: f64,
    /// The id of the sandbox; absent for the session's own.
    pub sandbox_id: Value,
    /// The working directory on a self-hosted machine.
    pub working_dir: Value,
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
    /// The number of backends that had been committed when it began.
    pub commits: u32,
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
    /// Begin again: a newer epoch was committed since the attempt began.
    Stale,
}

/// What becomes of a resolved backend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Landing {
    /// It is now the cached backend.
    Commit(Route, Transition),
    /// It is dropped: a newer epoch was committed meanwhile.
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

#[derive(Debug, Clone, Copy)]
struct Committed {
    epoch: f64,
    /// The number of the commit, from 1.
    number: u32,
}

#[derive(Debug)]
struct Resolving {
    flight: Flight,
    attempt: Attempt,
    pointer: Pointer,
    from_epoch: f64,
}

/// The routing state of one session.
#[derive(Debug)]
pub struct Router {
    max_fence_retries: f64,
    /// The last commit, also where its backend was fenced off.
    newest: Option<Committed>,
    is_cached: bool,
    resolving: Vec<Resolving>,
    flights: u32,
}

impl Router {
    /// A router without a backend. An operation is tried once, and again after a fence up to
    /// `max_fence_retries` times; default: 3. With a negative number or NaN it is not tried at all.
    #[must_use]
    pub fn new(max_fence_retries: Option<f64>) -> Self {
        Self {
            max_fence_retries: max_fence_retries.unwrap_or(MAX_FENCE_RETRIES),
            newest: None,
            is_cached: false,
            resolving: Vec::new(),
            flights: 0,
        }
    }

    /// Whether an operation that was fenced off `fences` times may be tried.
    #[must_use]
    pub fn may_try(&self, fences: u32) -> bool {
        f64::from(fences) <= self.max_fence_retries
    }

    /// Begins an attempt. The pointer is read after that.
    #[must_use]
    pub fn begin(&self) -> Attempt {
        Attempt { commits: self.newest.map_or(0, |newest| newest.number) }
    }

    /// Returns the next step of an attempt that has read `pointer`.
    pub fn lookup(&mut self, attempt: Attempt, pointer: Pointer) -> Lookup {
        if let Some(newest) = self.newest {
            if is_stale(newest, attempt, pointer.epoch) {
                return Lookup::Stale;
            }
            if self.is_cached && same(newest.epoch, pointer.epoch) {
                return Lookup::Cached;
            }
        }
        if let Some(resolving) = self.resolving.iter_mut().find(|r| r.pointer == pointer) {
            // A resolve is as fresh as the newest attempt that has read its pointer.
            resolving.attempt.commits = resolving.attempt.commits.max(attempt.commits);
            return Lookup::Join(resolving.flight);
        }
        self.flights = self.flights.wrapping_add(1);
        let flight = Flight(self.flights);
        let from_epoch = self.newest.map_or(pointer.epoch, |newest| newest.epoch);
        self.resolving.push(Resolving { flight, attempt, pointer, from_epoch });
        Lookup::Resolve(flight)
    }

    /// Ends a flight that has resolved a backend.
    ///
    /// # Panics
    ///
    /// When the flight has ended already.
    pub fn land(&mut self, flight: Flight) -> Landing {
        let Resolving { attempt, pointer, from_epoch, .. } = self.end(flight);
        if let Some(newest) = self.newest
            && is_stale(newest, attempt, pointer.epoch)
        {
            return Landing::Stale;
        }
        let number = self.newest.map_or(0, |newest| newest.number) + 1;
        self.newest = Some(Committed { epoch: pointer.epoch, number });
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

    /// Handles the value that a route's backend threw. The backend was committed for `epoch`. A fence
    /// evicts this backend, and no newer one; the operation may be tried again. For any other value the
    /// result is `None`: the operation itself has failed.
    pub fn fail(&mut self, route: Route, epoch: f64, thrown: Thrown) -> Option<Transition> {
        is_fence(thrown).then(|| {
            let is_newest = self.newest.is_some_and(|newest| newest.number == route.0);
            self.is_cached &= !is_newest;
            Transition { kind: TransitionKind::FencedRetry, from_epoch: epoch, to_epoch: epoch }
        })
    }

    fn end(&mut self, flight: Flight) -> Resolving {
        let at = self.resolving.iter().position(|r| r.flight == flight);
        self.resolving.swap_remove(at.expect("a flight ends once"))
    }
}

/// Whether an attempt read a lower epoch before the newest one was committed.
fn is_stale(newest: Committed, attempt: Attempt, epoch: f64) -> bool {
    epoch < newest.epoch && attempt.commits < newest.number
}
