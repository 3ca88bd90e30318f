//! Resolution.

use napi::Result;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use serde::Serialize;

use super::end::settled;
use super::json::text;
use super::value::value;
use crate::resolution::{
    self, Attempt, Flight, Landing, Lookup, Pointer, Target, Unresolvable, UnresolvableCode,
    establishment,
};

/// Where a pointer leads: to the session's own sandbox (`home`), to the machine that the turn has a
/// session on (`pinned`), or to a `sandbox` that is to be looked up.
#[napi(catch_unwind)]
pub fn pointer_target(
    is_home: bool,
    is_pinned_sandbox: bool,
    is_pinned_epoch: bool,
) -> &'static str {
    match Target::new(is_home, is_pinned_sandbox, is_pinned_epoch) {
        Target::Home => "home",
        Target::Pinned => "pinned",
        Target::Sandbox => "sandbox",
    }
}

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
pub fn unestablishable(
    kind: String,
    is_session_group: bool,
    establishes_modal: bool,
) -> Result<Option<String>> {
    let refused = establishment(&kind, is_session_group, establishes_modal).err();
    let refused = refused.map(|error| Refused { code: error.code(), reason: error.to_string() });
    refused.map(|refused| text(&refused)).transpose()
}

/// The outcome of an admission that fails.
#[derive(Serialize)]
struct Refused {
    code: UnresolvableCode,
    reason: String,
}

/// Whether a thrown value says that the backend is fenced off.
#[napi(catch_unwind)]
pub fn is_fence(marked: bool, name: Option<String>, message: Option<String>) -> bool {
    resolution::is_fence(marked, name.as_deref(), message.as_deref())
}

/// The routing state of one session. An attempt is told by the number that `begin` gave, a flight
/// by its number; transitions are JSON text.
#[napi(js_name = "Router")]
pub struct NodeRouter(resolution::Router);

#[napi]
impl NodeRouter {
    /// A router with nothing resolved.
    #[napi(constructor)]
    pub fn new(max_fence_retries: f64) -> Self {
        Self(resolution::Router::new(max_fence_retries))
    }

    /// Whether an operation that was fenced off `fences` times may be tried.
    #[napi(catch_unwind)]
    pub fn may_try(&self, fences: u32) -> bool {
        self.0.may_try(fences)
    }

    /// Begins an attempt, before its pointer is read.
    #[napi(catch_unwind)]
    pub fn begin(&self) -> u32 {
        self.0.begin().commits
    }

    /// How the attempt comes to a backend: 0 for the cached one, `n` for a resolve as flight `n`,
    /// `-n` for waiting until flight `n` has landed and looking up again, nothing for another
    /// attempt.
    #[napi(catch_unwind)]
    pub fn lookup(
        &mut self,
        attempt: u32,
        epoch: f64,
        sandbox_id: Unknown,
        working_dir: Unknown,
    ) -> Result<Option<f64>> {
        let (sandbox_id, working_dir) = (value(sandbox_id)?, value(working_dir)?);
        let pointer = Pointer { epoch, sandbox_id, working_dir };
        Ok(match self.0.lookup(Attempt { commits: attempt }, pointer) {
            Lookup::Cached => Some(0.0),
            Lookup::Resolve(Flight(number)) => Some(f64::from(number)),
            Lookup::Join(Flight(number)) => Some(-f64::from(number)),
            Lookup::Stale => None,
        })
    }

    /// Takes a resolved backend: the transition to it, or nothing where it is stale.
    #[napi(catch_unwind)]
    pub fn land(&mut self, flight: u32) -> Result<Option<String>> {
        match self.0.land(Flight(flight)) {
            Landing::Commit(transition) => text(&transition).map(Some),
            Landing::Stale => Ok(None),
        }
    }

    /// Takes note that a resolve failed.
    #[napi(catch_unwind)]
    pub fn abandon(&mut self, flight: u32) {
        self.0.abandon(Flight(flight));
    }

    /// Discards the cached backend: that of an operation at `epoch` was fenced off.
    #[napi(catch_unwind)]
    pub fn fence(&mut self, epoch: f64) -> Result<String> {
        text(&self.0.fence(epoch))
    }
}
