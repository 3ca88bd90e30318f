//! Sandbox providers: what their errors mean, and where their streams are.

use thiserror::Error;

use crate::ecmascript::{number_text, same};

/// What an error says where the box itself is gone.
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

/// What an error says where it is the opposite.
const THERE: [&str; 3] = ["already running", "still running", "already exists"];

/// Whether a provider's error says that the box is gone, by its HTTP status or else by its words. The
/// machine of an agent is never gone: only its agent is.
#[must_use]
pub fn is_gone(backend_id: &str, status: Option<f64>, words: &str) -> bool {
    if backend_id == "selfhosted" {
        return false;
    }
    let words = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    status == Some(404.0) || !says(&THERE) && says(&GONE)
}

/// An endpoint that no address can be made of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("provider returned a malformed exposed-port endpoint (host={host}, port={port})")]
pub struct MalformedEndpoint {
    /// What came as the host.
    pub host: String,
    /// What came as the port.
    pub port: String,
}

/// The address of a `WebSocket` at a provider's endpoint. Nothing is encoded: the parts are taken as
/// they are.
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
