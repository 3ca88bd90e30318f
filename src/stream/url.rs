//! The address of a stream.

use thiserror::Error;

use crate::ecmascript::{number_text, same};
use crate::input::{self, InputError, Value};

/// The endpoint of a provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The host. A value of another type is a list of its text.
    pub host: Value,
    /// The port. A value of another type is a list of its text.
    pub port: Value,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The path; `None` where it is no text.
    pub path: Value,
    /// The text of the query; `None` where there is none.
    pub query: Value,
}

/// The reason why an endpoint has no address.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MalformedEndpoint {
    /// It has no host, or no port.
    #[error("provider returned a malformed exposed-port endpoint (host={host}, port={port})")]
    Part {
        /// The text of the host.
        host: String,
        /// The text of the port.
        port: String,
    },
    /// A part of it is no well-formed Unicode, so the address would differ.
    #[error(transparent)]
    Text(#[from] InputError),
}

impl Endpoint {
    /// The endpoint.
    ///
    /// # Errors
    ///
    /// [`InputError`] where it is missing.
    pub fn given(endpoint: Option<Self>) -> Result<Self, InputError> {
        endpoint.ok_or_else(|| InputError::wrong_type("endpoint", "an object", &Value::Absent))
    }

    /// The address of a `WebSocket` at the endpoint.
    ///
    /// # Errors
    ///
    /// [`MalformedEndpoint`].
    pub fn url(self) -> Result<String, MalformedEndpoint> {
        let Self { host, port, tls, path, query } = self;
        let port = match (&host, &port) {
            (Value::Text(host) | Value::IllFormed(host), Value::Number(port))
                if !host.is_empty() =>
            {
                *port
            }
            _ => {
                let (host, port) = (spelled(&host), spelled(&port));
                return Err(MalformedEndpoint::Part { host, port });
            }
        };
        let host = input::string("host", host)?;
        let path = input::optional_string("path", path)?.unwrap_or_default();
        let query = input::optional_string("query", query)?.unwrap_or_default();
        Ok(stream_url(&host, port, tls, &path, &query))
    }
}

/// The text of a part.
fn spelled(part: &Value) -> String {
    match part {
        Value::Text(text) | Value::IllFormed(text) => text.clone(),
        Value::Number(number) => number_text(*number),
        Value::List(parts) => parts.first().map(spelled).unwrap_or_default(),
        _ => String::new(),
    }
}

/// The address of a `WebSocket`. The parts are used unencoded.
fn stream_url(host: &str, port: f64, tls: bool, path: &str, query: &str) -> String {
    let (scheme, default_port) = if tls { ("wss", 443.0) } else { ("ws", 80.0) };
    let is_bare_ipv6 = host.contains(':') && !host.starts_with('[');
    let host = if is_bare_ipv6 { format!("[{host}]") } else { host.to_owned() };
    let port = match port {
        port if same(port, default_port) => String::new(),
        port => format!(":{}", number_text(port)),
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}{port}{slash}{path}{mark}{query}")
}
