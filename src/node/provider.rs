//! Providers.

use napi::Result;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;

use super::value::{Unread, read};
use crate::input::Reader;
use crate::provider::{self, MalformedEndpoint};

/// Whether a provider's error says that the box is gone.
#[napi(catch_unwind)]
pub fn is_gone(backend_id: Unknown, status: Option<f64>, words: String) -> Result<String> {
    let backend_id = Reader::argument("backendId", backend_id).text();
    read(backend_id.map(|id| provider::is_gone(&id.unwrap_or_default(), status, &words)))
}

/// The message for an endpoint that no address can be made of.
#[napi(catch_unwind)]
pub fn malformed_endpoint(host: Unknown, port: String) -> Result<String> {
    let host = Reader::argument("host", host).spelled();
    read(host.map(|host| MalformedEndpoint { host, port }.to_string()))
}

/// The address of a WebSocket at a provider's endpoint.
#[napi(catch_unwind)]
pub fn stream_url(
    host: Unknown,
    port: f64,
    tls: bool,
    path: Unknown,
    query: Unknown,
) -> Result<String> {
    let spelled = |name: &str, given: Unknown| {
        let given = Reader::argument(name, given);
        if given.is_truthy()? { given.spelled() } else { Ok(String::new()) }
    };
    let url = || {
        let (host, path) = (spelled("host", host)?, spelled("path", path)?);
        let query = spelled("query", query)?;
        Ok::<_, Unread>(provider::stream_url(&host, port, tls, Some(&path), &query))
    };
    read(url())
}
