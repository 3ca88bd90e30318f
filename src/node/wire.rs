//! The exports of the wire. Requests cross as JSON text with their bytes beside it, replies as tapes.

use napi::bindgen_prelude::{BufferSlice, Either, Either3, Float64Array, Uint8Array};
use napi_derive::napi;

use crate::boundary::end;
use crate::selfhosted::transport;
use crate::selfhosted::wire::{self, Request, Tape};

/// Encodes a request, which is given in parts. Returns one of
///
/// - the number of bytes that were written to `room`;
/// - an array of the bytes, where `room` is too small;
/// - JSON `{"done": …}` of the agent's error for a request larger than `maxPayload` bytes, or
///   `{"failed": …}` for a request that cannot be encoded.
#[napi(catch_unwind, ts_return_type = "number | Uint8Array | string")]
pub fn encode_request(
    json: String,
    epoch: Option<f64>,
    bytes: Option<&[u8]>,
    max_payload: Option<f64>,
    mut room: BufferSlice,
) -> Either3<u32, Uint8Array, String> {
    let request = Request::of_parts(&json, epoch, bytes);
    let encoded = match request.and_then(wire::encode_request) {
        Ok(encoded) => encoded,
        Err(refusal) => return Either3::C(end(Err::<(), _>(refusal))),
    };
    if let Err(error) = transport::check_size(encoded.len(), max_payload) {
        return Either3::C(end(Ok::<_, wire::Refusal>(error)));
    }
    let len = u32::try_from(encoded.len()).unwrap_or(u32::MAX);
    match room.get_mut(..encoded.len()) {
        Some(room) => {
            room.copy_from_slice(&encoded);
            Either3::A(len)
        }
        None => Either3::B(encoded.into()),
    }
}

/// Decodes a reply to a tape; for a reply that is no response, to the tape of an error. Returns the tape's
/// text, with the numbers in `room`, or both where `room` is too small.
#[napi(catch_unwind, ts_return_type = "string | [text: string, numbers: Float64Array]")]
pub fn read_reply(reply: Option<&[u8]>, request_id: String, room: BufferSlice) -> Recorded {
    let tape = match transport::read_reply(reply, &request_id) {
        Ok(reply) => reply.tape,
        Err(error) => Tape::of_error(&error),
    };
    recorded(tape, room)
}

/// A tape as it crosses to JavaScript.
pub(super) type Recorded = Either<String, (String, Float64Array)>;

pub(super) fn recorded(Tape { text, numbers }: Tape, mut room: BufferSlice) -> Recorded {
    match room.get_mut(..numbers.len() * size_of::<f64>()) {
        Some(room) => {
            for (place, number) in room.chunks_exact_mut(size_of::<f64>()).zip(numbers) {
                place.copy_from_slice(&number.to_ne_bytes());
            }
            Either::A(text)
        }
        None => Either::B((text, numbers.into())),
    }
}
