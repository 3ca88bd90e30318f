//! Resolution.

use std::cell::RefCell;

use napi::Result;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use serde::Serialize;
use slab::Slab;

use super::end::settled;
use super::json::text;
use super::slots::{release, reserve, with};
use super::value::{read, value};
use crate::input::Reader;
use crate::resolution::{
    self, Attempt, Flight, Landing, Lookup, Pointer, Router, Thrown, Unestablishable, Unresolvable,
    UnresolvableCode,
};

/// The failure for a pointer whose sandbox is not to be found.
#[napi(catch_unwind)]
pub fn pointer_is_stale(sandbox_id: String, workspace_id: String) -> Result<String> {
    settled::<()>(Err(Unresolvable::NotFound { sandbox_id, workspace_id }))
}

/// How a sandbox that a pointer led to becomes a backend.
#[napi(catch_unwind)]
pub fn establish(
    sandbox_id: String,
    kind: String,
    is_enrolled: bool,
    establishes_modal: bool,
) -> Result<String> {
    settled(resolution::establish(sandbox_id, &kind, is_enrolled, establishes_modal))
}

/// Why a sandbox cannot become a backend, if it cannot.
#[napi(catch_unwind)]
pub fn unestablishable(target: Unknown) -> Result<String> {
    let refused =
        |error: Unestablishable| Refused { code: error.code(), reason: error.to_string() };
    let admission = resolution::admission(&Reader::argument("target", target));
    read(admission.map(|refusal| refusal.map(refused)))
}

/// The outcome of an admission that fails.
#[derive(Serialize)]
struct Refused {
    code: UnresolvableCode,
    reason: String,
}

/// Whether a desktop is used through the session's own methods.
#[napi(catch_unwind)]
pub fn has_native_desktop(has_input: bool, has_screenshot: bool) -> bool {
    resolution::has_native_desktop(has_input, has_screenshot)
}

/// Whether an epoch can be compared; nothing, or why not.
#[napi(catch_unwind)]
pub fn check_epoch(active_epoch: Unknown) -> Result<String> {
    settled(resolution::check_epoch(&value(active_epoch)?))
}

thread_local! {
    static ROUTERS: RefCell<Slab<Router>> = RefCell::default();
}

/// The routing state of a session, with nothing resolved. An attempt is told by the number it
/// began with, a flight by its number; transitions are JSON text.
#[napi(catch_unwind)]
pub fn reserve_router(max_fence_retries: Option<f64>) -> Result<u32> {
    reserve(&ROUTERS, Router::new(max_fence_retries))
}

/// Drops the state of a session that nobody has any more.
#[napi(catch_unwind)]
pub fn release_router(router: u32) {
    release(&ROUTERS, router);
}

/// Whether an operation that was fenced off `fences` times may be tried.
#[napi(catch_unwind)]
pub fn router_may_try(router: u32, fences: u32) -> Result<bool> {
    with(&ROUTERS, router, |router| Ok(router.may_try(fences)))
}

/// Begins an attempt, before its pointer is read.
#[napi(catch_unwind)]
pub fn begin_attempt(router: u32) -> Result<u32> {
    with(&ROUTERS, router, |router| Ok(router.begin().commits))
}

/// How the attempt comes to a backend: 0 for running on the cached one in the same turn, `n` for a
/// resolve as flight `n`, `-n` for waiting until flight `n` has ended, and looking up again after
/// either; nothing for another attempt.
#[napi(catch_unwind)]
pub fn look_up_backend(
    router: u32,
    attempt: u32,
    epoch: f64,
    sandbox_id: Unknown,
    working_dir: Unknown,
) -> Result<Option<f64>> {
    let (sandbox_id, working_dir) = (value(sandbox_id)?, value(working_dir)?);
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

/// Takes a resolved backend: the transition to it, or nothing where it is stale.
#[napi(catch_unwind)]
pub fn land_flight(router: u32, flight: u32) -> Result<Option<String>> {
    with(&ROUTERS, router, |router| match router.land(Flight(flight)) {
        Landing::Commit(transition) => text(&transition).map(Some),
        Landing::Stale => Ok(None),
    })
}

/// Takes note that a resolve failed.
#[napi(catch_unwind)]
pub fn abandon_flight(router: u32, flight: u32) -> Result<()> {
    with(&ROUTERS, router, |router| {
        router.abandon(Flight(flight));
        Ok(())
    })
}

/// Takes what the backend of an operation at `epoch` threw: the transition where it is a fence, or
/// nothing where it is the operation's own failure.
#[napi(catch_unwind)]
pub fn fail_operation(
    router: u32,
    epoch: f64,
    fenced: bool,
    name: Option<String>,
    message: Option<String>,
) -> Result<Option<String>> {
    let thrown = Thrown { fenced, name: name.as_deref(), message: message.as_deref() };
    let transition = with(&ROUTERS, router, |router| Ok(router.fail(epoch, thrown)))?;
    transition.map(|transition| text(&transition)).transpose()
}
