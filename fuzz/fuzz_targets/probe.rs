//! Any bytes are the facts of a film or none.
//!
//! `cargo +nightly fuzz run probe fuzz/corpus/probe tests/films`

#![no_main]

use libfuzzer_sys::fuzz_target;
use opengeni_runtime_native::recording::probe;

fuzz_target!(|data: &[u8]| {
    let Some(found) = probe(data) else {
        return;
    };
    let seconds = found.film.duration_seconds.unwrap_or_default();
    assert!(seconds.is_finite() && seconds >= 0.0);
    assert_eq!(found.finished, found.gap.is_none());
});
