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
    /// Whether the session tells where they can be reached.
    async fn can_resolve(&self) -> Result<bool, Thrown>;

    /// Asks where a port can be reached: the one that the caller has named where that is no number,
    /// which is refused later. The answer stays with the caller.
    async fn resolve(&self, port: Option<f64>) -> Result<(), Thrown>;

    /// Reads that answer; nothing where there is none.
    async fn endpoint(&self) -> Result<Option<Endpoint>, Thrown>;

    /// What time it is.
    fn now(&self) -> Instant;
}

/// A port that is open for a viewer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExposedPort {
    /// The address of a `WebSocket`.
    pub url: String,
    /// What a relay asks for.
    pub token: String,
    /// The last second since the Unix epoch in which the token is valid.
    pub expires_at_seconds: f64,
    /// How the stream is carried.
    pub transport: &'static str,
    /// What shows it.
    pub client: &'static str,
    /// The size of the desktop where the caller does not say, in pixels.
    pub resolution: [u32; 2],
}

/// Why a port is not open.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ExposeError {
    /// The session does not know where its ports can be reached.
    #[error(
        "provider session cannot resolve exposed ports (no resolveExposedPort) — desktop stream unavailable"
    )]
    Unsupported,
    /// The session failed to tell. What it says of that is the end of the message.
    #[error("provider failed to resolve the stream port {}: ", spelled(port))]
    Unresolved {
        /// The port on the box.
        port: Claim,
        /// What it threw.
        cause: Thrown,
    },
    /// What it told is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] MalformedEndpoint),
    /// It told nothing.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The token would have claims that none can have.
    #[error(transparent)]
    Claims(#[from] InvalidClaims),
    /// The key is empty.
    #[error(transparent)]
    Key(#[from] EmptySecret),
    /// The caller's own code threw.
    #[error("the session threw")]
    Thrown(Thrown),
}

impl From<Thrown> for ExposeError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// Finds out where a port can be reached, and makes a token for it.
///
/// # Errors
///
/// [`ExposeError`].
pub async fn expose(
    ports: &impl Ports,
    secret: &Secret,
    grant: Grant,
) -> Result<ExposedPort, ExposeError> {
    // Whoever is shown a stream may watch it; what else a viewer may do is said elsewhere.
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

/// The text of a port.
fn spelled(port: &Claim) -> String {
    match port {
        Claim::Number(number) => number_text(*number),
        Claim::Text(text) | Claim::Other(text) => text.clone(),
    }
}
