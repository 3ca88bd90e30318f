//! Any reply is decoded or refused. The bytes of a result lie within the reply.
//!
//! `cargo +nightly fuzz run decode_response`

#![no_main]

use libfuzzer_sys::fuzz_target;
use opengeni_runtime_native::selfhosted::wire::{Scalar, decode_response};

fuzz_target!(|data: &[u8]| {
    let Ok(reply) = decode_response(data) else {
        return;
    };
    let Some(result) = reply.result else {
        return;
    };
    for name in ["stdout", "stderr", "content", "png"] {
        if let Some(Scalar::Bytes(bytes)) = result.get(name) {
            let has_place = |place: &[f64]| {
                data.get(place[0] as usize..place[1] as usize).is_some_and(|at| at == bytes)
            };
            assert!(reply.tape.numbers.windows(2).any(has_place));
        }
    }
});
