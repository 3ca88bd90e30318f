//! Resolution: finds the backend that the active pointer names, and routes operations to it.

mod fence;
mod native_desktop;
mod processes;
mod router;
mod target;

pub use fence::{Thrown, is_fence, is_refusal};
pub use native_desktop::has_native_desktop;
pub use processes::{Process, ProcessId, Report};
pub use router::{
    Attempt, Flight, Following, Landing, Lookup, MUTATIONS, Next, NoBackendYet, Outcome, Pointer,
    Route, RoutedToItself, Router, Run, Transition, TransitionKind, Verdict, check_epoch,
    check_session,
};
pub use target::{
    Backend, Establishment, ResolveError, Sandbox, Sandboxes, Unestablishable, Unresolvable,
    UnresolvableCode, admission, establish, establishment, resolve,
};
