//! Resolution.

use std::cell::RefCell;

use napi::Result;
use napi::bindgen_prelude::External;
use napi_derive::napi;
use slab::Slab;

use super::json::text;
use super::slots::{Guard, with};
use crate::input::Value;
use crate::resolution::{Attempt, Flight, Landing, Lookup, Pointer, Route, Router, Thrown};

thread_local! {
    static ROUTERS: RefCell<Slab<Router>> = RefCell::default();
}

/// The routing state of a session, with nothing resolved, for as long as JavaScript keeps what is
/// returned.
#[napi(catch_unwind)]
pub fn reserve_router(max_fence_retries: Option<f64>) -> External<Guard> {
    Guard::new(&ROUTERS, Router::new(max_fence_retries))
}

/// Whether an operation that was fenced off `fences` times may be tried.
#[napi(catch_unwind)]
pub fn may_try(router: u32, fences: u32) -> Result<bool> {
    with(&ROUTERS, router, |router| Ok(router.may_try(fences)))
}

/// How an attempt comes to a backend; it has the number of the last route from before its pointer was
/// read, 0 where there was none. 0 for running on the cached one in the same turn, `n` for a
/// resolve as flight `n`, `-n` for waiting until flight `n` has ended, and looking up again after
/// either; nothing for another attempt.
#[napi(catch_unwind)]
pub fn look_up_backend(
    router: u32,
    attempt: u32,
    epoch: f64,
    sandbox_id: Value,
    working_dir: Value,
) -> Result<Option<f64>> {
    let pointer = Pointer { epoch, sandbox_id, working_dir };
    with(&ROUTERS, router, |router| {
        Ok(match router.lookup(Attempt { commits: attempt }, pointer) {
            Lookup::Cached => Some(0.0),
            Lookup::Resolve(Flight(number)) => Some(f64::from(number)),
            Lookup::Join(Flight(number)) => Some(-f64::from(number)),
            Lookup::Stale => None,
        })
    })
}

/// Ends a flight: the route to the backend that it resolved and the transition to it, as JSON, or
/// nothing where it failed or is stale.
#[napi(catch_unwind)]
pub fn end_flight(router: u32, flight: u32, is_resolved: bool) -> Result<Option<String>> {
    with(&ROUTERS, router, |router| {
        if !is_resolved {
            router.abandon(Flight(flight));
            return Ok(None);
        }
        match router.land(Flight(flight)) {
            Landing::Commit(Route(route), transition) => text(&(route, transition)).map(Some),
            Landing::Stale => Ok(None),
        }
    })
}

/// Takes what the backend of a route threw: the transition where it is a fence, as JSON, or nothing
/// where it is the operation's own failure.
#[napi(catch_unwind)]
pub fn fail_operation(
    router: u32,
    route: u32,
    epoch: f64,
    fenced: bool,
    name: Option<String>,
    message: Option<String>,
) -> Result<Option<String>> {
    let thrown = Thrown { fenced, name: name.as_deref(), message: message.as_deref() };
    let transition = with(&ROUTERS, router, |router| Ok(router.fail(Route(route), epoch, thrown)))?;
    transition.map(|transition| text(&transition)).transpose()
}
