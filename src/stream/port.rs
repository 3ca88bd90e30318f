//! A port of a box, opened for a viewer.

use serde::Serialize;
use thiserror::Error;

use super::DEFAULT_RESOLUTION;
use super::claims::{Claim, InvalidClaims};
use super::token::{EmptySecret, Grant, Secret, token_of};
use super::url::{Endpoint, MalformedEndpoint};
use crate::ecmascript::number_text;
use crate::input::InputError;
use crate::recording::DESKTOP_STREAM_PORT;
use crate::shell::{Instant, Thrown};

/// The ports of a session.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Ports {
    /// Whether the session has a method for their addresses.
    async fn can_resolve(&self) -> Result<bool, Thrown>;

    /// Asks for the address of a port; `None` is the caller's own value, which is no number and is refused
    /// later. The answer stays with the caller.
    async fn resolve(&self, port: Option<f64>) -> Result<(), Thrown>;

    /// Reads that answer; `None` where the session answered nothing.
    async fn endpoint(&self) -> Result<Option<Endpoint>, Thrown>;

    /// The current time.
    fn now(&self) -> Instant;
}

/// A port that is open for a viewer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExposedPort {
    /// The address of a `WebSocket`.
    pub url: String,
    /// The token for the relay.
    pub token: String,
    /// The last second since the Unix epoch in which the token is valid.
    pub expires_at_seconds: f64,
    /// The transport of the stream.
    pub transport: &'static str,
    /// The viewer of the stream.
    pub client: &'static str,
    /// The default size of the desktop, in pixels.
    pub resolution: [u32; 2],
}

/// The reason why a port is not open.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ExposeError {
    /// The session has no method for the addresses of its ports.
    #[error(
        "provider session cannot resolve exposed ports (no resolveExposedPort) — desktop stream unavailable"
    )]
    Unsupported,
    /// The session threw. Its message is the end of this one.
    #[error("provider failed to resolve the stream port {}: ", spelled(port))]
    Unresolved {
        /// The port on the box.
        port: Claim,
        /// The thrown value.
        cause: Thrown,
    },
    /// The answer is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] MalformedEndpoint),
    /// There is no answer.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A claim of the token is refused.
    #[error(transparent)]
    Claims(#[from] InvalidClaims),
    /// The key is empty.
    #[error(transparent)]
    Key(#[from] EmptySecret),
    /// The caller's code threw.
    #[error("the session threw")]
    Thrown(Thrown),
}

impl From<Thrown> for ExposeError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// Asks for the address of a port, and makes a token for it.
///
/// # Errors
///
/// [`ExposeError`].
pub async fn expose(
    ports: &impl Ports,
    secret: &Secret,
    grant: Grant,
) -> Result<ExposedPort, ExposeError> {
    // This token only allows to watch. Other rights come from `mintStreamToken`.
    let grant = Grant { mode: Claim::Text("view".to_owned()), ..grant };
    let port = grant.port.clone().or(Claim::Number(DESKTOP_STREAM_PORT.into()));
    let number = if let Claim::Number(number) = port { Some(number) } else { None };
    if !ports.can_resolve().await? {
        return Err(ExposeError::Unsupported);
    }
    if let Err(cause) = ports.resolve(number).await {
        return Err(ExposeError::Unresolved { port, cause });
    }
    let url = Endpoint::given(ports.endpoint().await?)?.url()?;
    let claims = grant.claims(ports.now().epoch_ms)?;
    Ok(ExposedPort {
        url,
        token: token_of(secret, &claims)?,
        expires_at_seconds: claims.exp,
        transport: "vnc-ws",
        client: "novnc",
        resolution: DEFAULT_RESOLUTION,
    })
}

/// The text of a port in messages.
fn spelled(port: &Claim) -> String {
    match port {
        Claim::Number(number) => number_text(*number),
        Claim::Text(text) | Claim::Other(text) => text.clone(),
    }
}
