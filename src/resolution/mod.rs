//! Resolution: finds the backend that the active pointer names, and routes operations to it.

mod fence;
mod native_desktop;
mod router;
mod target;

pub use fence::{Thrown, is_fence};
pub use native_desktop::has_native_desktop;
pub use router::{
    Attempt, Flight, Landing, Lookup, NoBackendYet, Pointer, Route, RoutedToItself, Router,
    Transition, TransitionKind, check_epoch,
};
pub use target::{
    Backend, Establishment, ResolveError, Sandbox, Sandboxes, Unestablishable, Unresolvable,
    UnresolvableCode, admission, establish, establishment, resolve,
};
