//! The wire. Messages cross as JSON text, their bytes as they are.

use napi::bindgen_prelude::{Either3, Uint8Array, Uint8ArraySlice};
use napi::{Env, Result};
use napi_derive::napi;
use serde::Serialize;

use super::json::text;
use crate::boundary::end;
use crate::selfhosted::control::AgentError;
use crate::selfhosted::transport;
use crate::selfhosted::wire::{self, Request};

/// From this size on, in bytes, a copy in the engine's memory takes longer than the finalizer of an
/// array outside of it.
const LARGE: usize = 8 << 10;

/// A request's bytes; or JSON of the agent's error for one that is too large for the server, or of
/// why it has no bytes.
#[napi(catch_unwind, ts_return_type = "Uint8Array | string")]
pub fn encode_request<'env>(
    env: &'env Env,
    request_id: Option<String>,
    epoch: Option<f64>,
    op: Option<String>,
    bytes: Option<&[u8]>,
    max_payload: Option<f64>,
) -> Result<Either3<Uint8ArraySlice<'env>, Uint8Array, String>> {
    let request = Request { request_id, epoch, op: op.as_deref(), bytes };
    let refused = match wire::encode_request(request) {
        Err(refusal) => Err(refusal),
        Ok(encoded) => match transport::check_size(encoded.len(), max_payload) {
            Err(error) => Ok(error),
            Ok(()) if encoded.len() < LARGE => {
                return Uint8ArraySlice::copy_from(env, &encoded).map(Either3::A);
            }
            Ok(()) => return Ok(Either3::B(encoded.into())),
        },
    };
    Ok(Either3::C(end(refused)))
}

/// JSON of the response in a reply and of where its bytes lie, or of the agent's error for a reply
/// that cannot be taken.
#[napi(catch_unwind)]
pub fn read_reply(reply: Option<&[u8]>, request_id: String) -> Result<String> {
    match transport::read_reply(reply, &request_id) {
        Ok(reply) => Ok(reply.json),
        Err(error) => text(&Unread { error }),
    }
}

#[derive(Serialize)]
struct Unread {
    error: AgentError,
}
