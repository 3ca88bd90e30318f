//! The exports of the router.

use std::cell::RefCell;

use napi::bindgen_prelude::External;
use napi::{Error, Result};
use napi_derive::napi;
use slab::Slab;

use super::slots::{Guard, with};
use crate::boundary;
use crate::input::Value;
use crate::resolution::{Attempt, Flight, Lookup, Pointer, Router};

thread_local! {
    static ROUTERS: RefCell<Slab<Router>> = RefCell::default();
}

/// Makes a router without a backend. It lives as long as JavaScript keeps the returned guard.
#[napi(catch_unwind)]
pub fn reserve_router(max_fence_retries: Option<f64>, at_most_once: bool) -> External<Guard> {
    Guard::new(&ROUTERS, Router::new(max_fence_retries, at_most_once))
}

/// Returns the next step of an attempt. `attempt` is the number of look-ups that had been made before the
/// attempt read its pointer. `sandbox` is the number of the sandbox's id.
///
/// - `0`: run on the cached backend in the same turn;
/// - `n`: resolve the pointer as flight `n`, then look up again;
/// - `-n`: wait for the end of flight `n`, then look up again;
/// - `null`: begin another attempt.
#[napi(catch_unwind)]
pub fn look_up_backend(router: u32, attempt: i64, epoch: f64, sandbox: u32) -> Result<Option<f64>> {
    with(&ROUTERS, router, |router| {
        Ok(match router.lookup(Attempt { lookups: attempt }, Pointer { epoch, sandbox }) {
            Lookup::Cached => Some(0.0),
            Lookup::Resolve(Flight(number)) => Some(f64::from(number)),
            Lookup::Join(Flight(number)) => Some(-f64::from(number)),
            Lookup::Stale => None,
        })
    })
}

/// Returns JSON of a router's answer to a question, or of why there is none.
#[napi(catch_unwind)]
pub fn ask_router(router: u32, name: String, args: Vec<Value>) -> Result<String> {
    with(&ROUTERS, router, |router| {
        let answer = boundary::ask_router(router, &name, args);
        answer.ok_or_else(|| Error::from_reason(format!("no such question is called {name}")))
    })
}
