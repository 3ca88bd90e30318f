//! Any reply is decoded or refused, and the bytes of a result lie within it.
//!
//! `cargo +nightly fuzz run decode_response`

#![no_main]

use libfuzzer_sys::fuzz_target;
use opengeni_runtime_native::selfhosted::wire::decode_response;

fuzz_target!(|data: &[u8]| {
    let Ok(reply) = decode_response(data) else {
        return;
    };
    assert!(reply.bytes.iter().all(|view| data.get(view.range.clone()).is_some()));
});
