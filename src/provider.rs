//! Sandbox providers: what their errors mean, and where their streams are.

use thiserror::Error;

use crate::ecmascript::{number_text, same};

/// What an error says where the box itself is gone.
const GONE: [&str; 13] = [
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
    // The workspace of a local session is its box.
    "unixlocal sandbox workspace is unavailable",
];

/// What an error says where it is the opposite.
const THERE: [&str; 3] = ["already running", "still running", "already exists"];

/// What has such words in it, and says that a name or a program is missing: nothing of the box.
const ELSEWHERE: [&str; 4] =
    ["enotfound", "getaddrinfo", "command not found", "executable file not found"];

/// Whether a shell says that it does not find a program, as in `/bin/sh: 1: foo: not found`.
fn is_of_shell(words: &str) -> bool {
    words.lines().filter_map(|line| line.strip_suffix(": not found")).any(|line| {
        let program = line.split(": ").next().unwrap_or_default();
        let program = program.rsplit(['/', ' ']).next().unwrap_or_default();
        ["sh", "ash", "bash", "dash", "ksh", "zsh"].contains(&program)
    })
}

/// Whether a provider's error says that the box is gone, by its HTTP status or else by its words. The
/// machine of an agent is never gone: only its agent is.
#[must_use]
pub fn is_gone(backend_id: &str, status: Option<f64>, words: &str) -> bool {
    if backend_id == "selfhosted" {
        return false;
    }
    let words = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let is_elsewhere = || says(&ELSEWHERE) || is_of_shell(&words);
    status == Some(404.0) || !says(&THERE) && says(&GONE) && !is_elsewhere()
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
