//! The address of the relay of enrolled machines, from its URL in the settings.

use serde::Serialize;

use crate::ecmascript::trim;
use crate::input::{self, InputError, Value};
use crate::selfhosted::relay::{STREAM_PATH, default_port};

/// The default URL of the relay.
const DEFAULT_HOST: &str = "relay.opengeni.local";

/// The scheme of a URL without one.
const ASSUMED: &str = "wss://";

/// The parts of a URL, from the host's parser.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the URL standard")]
pub struct RelayUrl {
    pub protocol: String,
    pub hostname: String,
    pub port: String,
    pub pathname: String,
}

/// The address of a relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelayAddress {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The path of its streams.
    pub path: String,
}

/// The setting as a URL. The scheme of an encrypted connection is added where it has none.
///
/// # Errors
///
/// When the setting is no text.
pub fn relay_url(setting: Value) -> Result<String, InputError> {
    let setting = input::optional_string("settings.selfhostedRelayUrl", setting)?;
    let text = trim(setting.as_deref().unwrap_or_default());
    Ok(if text.is_empty() || text.contains("://") {
        text.to_owned()
    } else {
        format!("{ASSUMED}{text}")
    })
}

/// The address in a URL with the parts `url`, or in a text that is no URL.
#[must_use]
pub fn relay_address(text: &str, url: Option<RelayUrl>) -> RelayAddress {
    let named = |host: &str| RelayAddress {
        host: host.to_owned(),
        port: default_port(true),
        tls: true,
        path: STREAM_PATH.to_owned(),
    };
    match url {
        _ if text.is_empty() => named(DEFAULT_HOST),
        None => named(text.strip_prefix(ASSUMED).unwrap_or(text)),
        Some(RelayUrl { protocol, hostname, port, pathname }) => {
            let tls = protocol == "wss:" || protocol == "https:";
            let path = if pathname.is_empty() || pathname == "/" { STREAM_PATH } else { &pathname };
            RelayAddress {
                host: hostname,
                port: port.parse().unwrap_or_else(|_| default_port(tls)),
                tls,
                path: path.to_owned(),
            }
        }
    }
}
