//! Where a stream can be reached.

use thiserror::Error;

use crate::ecmascript::{number_text, same};
use crate::input::{self, InputError, Value};

/// An endpoint as a provider gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The host. What is no text comes as a list of its text.
    pub host: Value,
    /// The port. What is no number comes as a list of its text.
    pub port: Value,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The path, where it is a text.
    pub path: Value,
    /// The text of the query, where there is any.
    pub query: Value,
}

/// An endpoint that no address can be made of.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MalformedEndpoint {
    /// It has no host, or no port.
    #[error("provider returned a malformed exposed-port endpoint (host={host}, port={port})")]
    Part {
        /// What came as the host.
        host: String,
        /// What came as the port.
        port: String,
    },
    /// A part of it is no well-formed Unicode: the address would be another one.
    #[error(transparent)]
    Text(#[from] InputError),
}

impl Endpoint {
    /// The endpoint, where there is one.
    ///
    /// # Errors
    ///
    /// [`InputError`] where there is none.
    pub fn given(endpoint: Option<Self>) -> Result<Self, InputError> {
        endpoint.ok_or_else(|| InputError::wrong_type("endpoint", "an object", &Value::Absent))
    }

    /// The address of a `WebSocket` at it.
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

/// The address of a `WebSocket`. Nothing is encoded: the parts are taken as they are.
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
