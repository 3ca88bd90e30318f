//! Where the relay of enrolled machines is, by its URL in the settings.

use serde::Serialize;

use crate::ecmascript::trim;
use crate::input::{self, InputError, Value};
use crate::selfhosted::relay::{STREAM_PATH, default_port};

/// Where a deployment's relay is, unless it says so.
const DEFAULT_HOST: &str = "relay.opengeni.local";

/// The scheme of a relay that names none.
const ASSUMED: &str = "wss://";

/// The parts of a URL, as the host's parser gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the URL standard")]
pub struct RelayUrl {
    pub protocol: String,
    pub hostname: String,
    pub port: String,
    pub pathname: String,
}

/// Where a relay is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelayAddress {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The path of its streams.
    pub path: String,
}

/// The setting as a parser of URLs takes it: encrypted, where it does not say how.
///
/// # Errors
///
/// When it is no text.
pub fn relay_url(setting: Value) -> Result<String, InputError> {
    let setting = input::optional_string("settings.selfhostedRelayUrl", setting)?;
    let text = trim(setting.as_deref().unwrap_or_default());
    Ok(if text.is_empty() || text.contains("://") {
        text.to_owned()
    } else {
        format!("{ASSUMED}{text}")
    })
}

/// The address in a URL, of which `url` has the parts, or else in the text that is no URL.
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
