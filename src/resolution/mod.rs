//! Resolution: an active pointer becomes a live backend, and operations follow it when it moves.

mod fence;
mod router;
mod target;

pub use fence::is_fence;
pub use router::{Attempt, Flight, Landing, Lookup, Pointer, Router, Transition, TransitionKind};
pub use target::{
    Establishment, Target, Unestablishable, Unresolvable, UnresolvableCode, establish,
    establishment,
};
