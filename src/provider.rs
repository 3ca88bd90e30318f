//! Sandbox providers: the meaning of their errors, and the addresses of their streams.

use thiserror::Error;

use crate::ecmascript::{number_text, same};

/// Words of errors that say that the box is gone.
const GONE: [&str; 12] = [
    "not found",
    "no longer running",
    "no longer exists",
    "does not exist",
    "doesn't exist",
    "has been terminated",
    "was terminated",
    "is terminated",
    "sandbox terminated",
    "notfound",
    "sandbox_not_found",
    "box no longer running",
];

/// Words of errors that say that the box exists. They outweigh those of [`GONE`].
const THERE: [&str; 3] = ["already running", "still running", "already exists"];

/// Whether a provider's error says that the box is gone, by its HTTP status, else by its words. A
/// self-hosted machine is never gone: only its agent can be offline.
#[must_use]
pub fn is_gone(backend_id: &str, status: Option<f64>, words: &str) -> bool {
    if backend_id == "selfhosted" {
        return false;
    }
    let words = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    status == Some(404.0) || !says(&THERE) && says(&GONE)
}

/// An endpoint without a usable host and port.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("provider returned a malformed exposed-port endpoint (host={host}, port={port})")]
pub struct MalformedEndpoint {
    /// The host, as text.
    pub host: String,
    /// The port, as text.
    pub port: String,
}

/// The address of a `WebSocket` at a provider's endpoint. The parts are not percent-encoded.
#[must_use]
pub fn stream_url(host: &str, port: f64, tls: bool, path: Option<&str>, query: &str) -> String {
    let (scheme, default_port) = if tls { ("wss", 443.0) } else { ("ws", 80.0) };
    let is_bare_ipv6 = host.contains(':') && !host.starts_with('[');
    let host = if is_bare_ipv6 { format!("[{host}]") } else { host.to_owned() };
    let port = match port {
        port if same(port, default_port) => String::new(),
        port => format!(":{}", number_text(port)),
    };
    let path = path.unwrap_or_default();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}{port}{slash}{path}{mark}{query}")
}
