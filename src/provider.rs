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

#[cfg(test)]
mod tests {
    use super::{is_gone, stream_url};

    #[test]
    fn a_box_is_gone_by_status_or_by_words() {
        let cases = [
            (Some(404.0), "", true),
            (Some(404.0), "already running", true),
            (Some(500.0), "", false),
            (None, "Sandbox sb-123 not found", true),
            (None, "NotFoundError", true),
            (None, " SANDBOX_NOT_FOUND ", true),
            (None, "Not  found", false),
            (None, "terminated", false),
            (None, "doesn\u{2019}t exist", false),
            (None, "SandboxNotFoundException already exists", false),
            (None, "is still running", false),
            (None, "getaddrinfo ENOTFOUND api", true),
            (None, "command not found", true),
            (Some(503.0), "timeout", false),
        ];
        for (status, words, expected) in cases {
            assert_eq!(is_gone("modal", status, words), expected, "{status:?} {words}");
            assert!(!is_gone("selfhosted", status, words));
        }
    }

    #[test]
    fn addresses_leave_out_the_default_port() {
        let cases = [
            ("abc.modal.host", 443.0, true, None, "", "wss://abc.modal.host/"),
            ("h", 80.0, false, None, "", "ws://h/"),
            ("h", 80.0, true, None, "", "wss://h:80/"),
            ("h", 443.0, false, None, "", "ws://h:443/"),
            ("2001:db8::1", 6080.0, true, None, "", "wss://[2001:db8::1]:6080/"),
            ("[::1]", 6080.0, false, None, "", "ws://[::1]:6080/"),
            ("a:b", 1.0, false, None, "", "ws://[a:b]:1/"),
            ("h", 443.0, true, None, "t=abc", "wss://h/?t=abc"),
            ("h", 6080.0, true, Some("stream"), "", "wss://h:6080/stream"),
            ("h", 1.0, false, Some(""), "", "ws://h:1/"),
            ("h", 6080.0, false, None, "?a=b", "ws://h:6080/??a=b"),
            ("h", 6080.0, false, Some("/x?y=1"), "a=b", "ws://h:6080/x?y=1?a=b"),
            ("h", 0.0, false, None, "", "ws://h:0/"),
            ("h", f64::NAN, false, None, "", "ws://h:NaN/"),
        ];
        for (host, port, tls, path, query, url) in cases {
            assert_eq!(stream_url(host, port, tls, path, query), url);
        }
    }
}
