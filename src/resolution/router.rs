//! Which backend an operation runs on.
//!
//! The caller keeps the backends; the router keeps the epochs. A try of an operation goes
//!
//! 1. [`Router::begin`], then the caller reads the pointer;
//! 2. [`Router::lookup`]: run on the cached backend, resolve, wait for a resolve that is under way
//!    for the same pointer, or begin again. After a resolve and after a wait, look up again;
//! 3. a run begins in the same turn as the lookup that allowed it: nothing may come between;
//! 4. what the backend throws goes to [`Router::fail`]. After a fence, the next try.
//!
//! Each resolve ends with [`Router::land`] or [`Router::abandon`], once.
//!
//! Epochs are compared for equality, so a pointer may also go back to a lower one. What must not
//! happen is that an attempt acts on what it read before a newer epoch was committed: it is then
//! *stale*, begins again, and its resolve never replaces the newer backend.

use serde::Serialize;
use thiserror::Error;

use super::{Thrown, is_fence};
use crate::ecmascript::same;
use crate::input::{self, InputError, Value};

/// How often an operation is tried again after a fence, where the caller does not say.
const MAX_FENCE_RETRIES: f64 = 3.0;

/// Where an active pointer points.
#[derive(Debug, Clone, PartialEq)]
pub struct Pointer {
    /// Grows with every swap.
    pub epoch: f64,
    /// The sandbox; absent for the session's own.
    pub sandbox_id: Value,
    /// The base of paths on a self-hosted machine.
    pub working_dir: Value,
}

/// Checks an epoch: a finite number.
///
/// # Errors
///
/// When it is anything else.
pub fn check_epoch(epoch: &Value) -> Result<f64, InputError> {
    input::number("activeEpoch", "a finite number", epoch, f64::is_finite)
}

/// A resolver has handed out the session that asks it: an operation would run on itself without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "resolveActiveBackend returned the routing session itself; it must return a backend's session"
)]
pub struct RoutedToItself;

/// One backend that was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route(pub u32);

/// One try of an operation, from before it reads the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// How many backends had been committed by then.
    pub commits: u32,
}

/// One resolve, which any number of attempts may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flight(pub u32);

/// How an attempt comes to its backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// It is in the cache.
    Cached,
    /// Another attempt is resolving the same pointer: wait for it, then look up again.
    Join(Flight),
    /// Resolve the pointer, then look up again.
    Resolve(Flight),
    /// A newer epoch was committed since the attempt began: begin again.
    Stale,
}

/// What to do with a resolved backend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Landing {
    /// It is the cached backend now.
    Commit(Route, Transition),
    /// A newer epoch was committed meanwhile: begin again.
    Stale,
}

/// An event for those who watch the routing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: TransitionKind,
    /// The epoch before; the same as `to_epoch` where there was none.
    pub from_epoch: f64,
    /// The epoch now.
    pub to_epoch: f64,
}

/// The kinds of [`Transition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransitionKind {
    /// A backend was resolved for the epoch that was known, or for the first one.
    Resolved,
    /// A backend was resolved for another epoch than before.
    EpochChanged,
    /// The backend of an operation was fenced off.
    FencedRetry,
}

#[derive(Debug, Clone, Copy)]
struct Committed {
    epoch: f64,
    /// Its number among all commits, from 1.
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
    /// The last commit, fenced off or not.
    newest: Option<Committed>,
    is_cached: bool,
    resolving: Vec<Resolving>,
    flights: u32,
}

impl Router {
    /// A router with nothing resolved. An operation is tried once, and again after a fence up to
    /// `max_fence_retries` times, by default three; where that is negative or NaN it is not tried
    /// at all.
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

    /// Begins an attempt, before its pointer is read.
    #[must_use]
    pub fn begin(&self) -> Attempt {
        Attempt { commits: self.newest.map_or(0, |newest| newest.number) }
    }

    /// How the attempt comes to a backend for the pointer it read.
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
            // The pointer is as fresh as the last attempt that read it.
            resolving.attempt.commits = resolving.attempt.commits.max(attempt.commits);
            return Lookup::Join(resolving.flight);
        }
        self.flights = self.flights.wrapping_add(1);
        let flight = Flight(self.flights);
        let from_epoch = self.newest.map_or(pointer.epoch, |newest| newest.epoch);
        self.resolving.push(Resolving { flight, attempt, pointer, from_epoch });
        Lookup::Resolve(flight)
    }

    /// Takes a resolved backend.
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

    /// Takes note that a resolve failed. Nothing else changes.
    ///
    /// # Panics
    ///
    /// When the flight has ended already.
    pub fn abandon(&mut self, flight: Flight) {
        self.end(flight);
    }

    /// Takes what the backend of a route threw, which had been committed for `epoch`. A fence discards
    /// that backend, once and no newer one, and the operation may be tried again; anything else is the
    /// operation's own failure.
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

/// Whether a lower epoch was read before the newest one was committed.
fn is_stale(newest: Committed, attempt: Attempt, epoch: f64) -> bool {
    epoch < newest.epoch && attempt.commits < newest.number
}
