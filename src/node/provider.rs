//! Providers.

use napi_derive::napi;

use crate::provider::{self, MalformedEndpoint};

/// Whether a provider's error says that the box is gone.
#[napi(catch_unwind)]
pub fn is_gone(backend_id: String, status: Option<f64>, words: String) -> bool {
    provider::is_gone(&backend_id, status, &words)
}

/// The message for an endpoint that no address can be made of.
#[napi(catch_unwind)]
pub fn malformed_endpoint(host: String, port: String) -> String {
    MalformedEndpoint { host, port }.to_string()
}

/// The address of a WebSocket at a provider's endpoint.
#[napi(catch_unwind)]
pub fn stream_url(
    host: String,
    port: f64,
    tls: bool,
    path: Option<String>,
    query: String,
) -> String {
    provider::stream_url(&host, port, tls, path.as_deref(), &query)
}
