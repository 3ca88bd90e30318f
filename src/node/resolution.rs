//! The exports of the router.

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

/// Makes a router without a backend. It lives as long as JavaScript keeps the returned guard.
#[napi(catch_unwind)]
pub fn reserve_router(max_fence_retries: Option<f64>) -> External<Guard> {
    Guard::new(&ROUTERS, Router::new(max_fence_retries))
}

/// Returns whether an operation that was fenced off `fences` times may be tried.
#[napi(catch_unwind)]
pub fn may_try(router: u32, fences: u32) -> Result<bool> {
    with(&ROUTERS, router, |router| Ok(router.may_try(fences)))
}

/// Returns the next step of an attempt. `attempt` is the number of the last route before the attempt read
/// its pointer; 0 where there was none.
///
/// - `0`: run on the cached backend in the same turn;
/// - `n`: resolve the pointer as flight `n`, then look up again;
/// - `-n`: wait for the end of flight `n`, then look up again;
/// - `null`: begin another attempt.
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

/// Ends a flight. Returns JSON of the route to the resolved backend and the transition, or `null` where
/// the flight failed or is stale.
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

/// Handles a value that a route's backend threw, by three of its fields. Returns JSON of the transition
/// for a fence, and `null` for a failure of the operation itself.
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
