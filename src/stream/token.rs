//! The token of a stream: `ogs_`, its claims as JSON, and their signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value as Json;
use sha2::Sha256;
use thiserror::Error;

use super::DEFAULT_TTL_SECONDS;
use super::claims::{Claim, Claims, GivenClaims, InvalidClaims};
use crate::input::{self, InputError, Value};
use crate::recording::DESKTOP_STREAM_PORT;

/// The beginning of stream tokens, which sets them apart from other tokens.
const PREFIX: &str = "ogs_";

/// The key of the signatures. It is in no message.
pub struct Secret(String);

/// The key is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("Zero-length key is not supported")]
pub struct EmptySecret;

/// The reason why there is no token.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MintError {
    /// A claim is refused.
    #[error(transparent)]
    Claims(#[from] InvalidClaims),
    /// The key is empty.
    #[error(transparent)]
    Key(#[from] EmptySecret),
}

impl Secret {
    /// Checks that the secret is a text. Half a surrogate pair counts as U+FFFD, as for all encoders of the
    /// web.
    ///
    /// # Errors
    ///
    /// [`InputError`] that names the field, without its value.
    pub fn check(field: &'static str, value: Value) -> Result<Self, InputError> {
        let kind = match value {
            Value::Text(secret) | Value::IllFormed(secret) => return Ok(Self(secret)),
            Value::Absent => return Err(InputError::wrong_type(field, "a string", &value)),
            Value::Number(_) => "number",
            Value::Flag(_) => "boolean",
            Value::List(_) | Value::Bytes(_) => "object",
            Value::Other(kind) => kind,
        };
        Err(InputError::wrong_type(field, "a string", &Value::Other(kind)))
    }

    /// The state of HMAC that signs or verifies a payload.
    fn mac(&self, payload: &str) -> Result<Hmac<Sha256>, EmptySecret> {
        if self.0.is_empty() {
            return Err(EmptySecret);
        }
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes());
        let mut mac = mac.expect("a key has any length");
        mac.update(payload.as_bytes());
        Ok(mac)
    }
}

/// The validity of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifetime {
    /// The length, in seconds.
    pub ttl: Claim,
    /// The beginning, in seconds since the Unix epoch.
    pub now: Claim,
}

impl Lifetime {
    /// The last second of the validity. The clock is used where the caller gives no beginning.
    fn end(self, clock_ms: f64) -> Claim {
        let now = self.now.or(Claim::Number((clock_ms / 1_000.0).floor()));
        now.plus(self.ttl.or(Claim::Number(DEFAULT_TTL_SECONDS.into())))
    }
}

/// The arguments of a token.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The ids of workspace, session and viewer.
    pub ids: [Claim; 3],
    /// The epoch of the lease.
    pub lease_epoch: Claim,
    /// The rights of the viewer. Default: `view`.
    pub mode: Claim,
    /// The port on the box. Default: that of the desktop.
    pub port: Claim,
    /// The validity.
    pub lifetime: Lifetime,
}

impl Grant {
    /// The claims at a time, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`InvalidClaims`] with all faults.
    pub fn claims(self, clock_ms: f64) -> Result<Claims, InvalidClaims> {
        let Self { ids: [workspace, session, viewer], lease_epoch, mode, port, lifetime } = self;
        let mode = mode.or(Claim::Text("view".to_owned()));
        let port = port.or(Claim::Number(DESKTOP_STREAM_PORT.into()));
        let exp = lifetime.end(clock_ms);
        let claims = [workspace, session, viewer, lease_epoch, mode, port, exp];
        Claims::check(GivenClaims::Object(claims))
    }
}

/// Makes a token.
///
/// # Errors
///
/// [`MintError`] where a claim is refused, or the secret is empty.
pub fn mint(secret: &Secret, grant: Grant, clock_ms: f64) -> Result<String, MintError> {
    Ok(token_of(secret, &grant.claims(clock_ms)?)?)
}

/// Makes the token of these claims.
///
/// # Errors
///
/// [`EmptySecret`].
///
/// # Panics
///
/// Where the claims have no JSON; plain data always has.
pub fn token_of(secret: &Secret, claims: &Claims) -> Result<String, EmptySecret> {
    let json = serde_json::to_vec(claims).expect("plain data has JSON");
    let payload = URL_SAFE_NO_PAD.encode(json);
    let signature = URL_SAFE_NO_PAD.encode(secret.mac(&payload)?.finalize().into_bytes());
    Ok(format!("{PREFIX}{payload}.{signature}"))
}

/// The second that a token is compared with: the caller's, or that of the clock.
///
/// # Errors
///
/// [`InputError`] where it is no number. A comparison with NaN would accept each token.
pub fn now_of(now_seconds: &Value, clock_ms: f64) -> Result<f64, InputError> {
    match now_seconds {
        Value::Absent => Ok((clock_ms / 1_000.0).floor()),
        given => input::number("nowSeconds", "a number of seconds", given, |now| !now.is_nan()),
    }
}

/// The claims of a token; `None` where the token is not valid. It is still valid in its last second.
///
/// # Errors
///
/// [`EmptySecret`].
pub fn verify(secret: &Secret, token: &str, now: f64) -> Result<Option<Claims>, EmptySecret> {
    let parts = token.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once('.'));
    let Some((payload, signature)) = parts.filter(|(payload, _)| !payload.is_empty()) else {
        return Ok(None);
    };
    let mac = secret.mac(payload)?;
    // Padding and unused bits are refused, so a signature has one text only.
    let is_signed = URL_SAFE_NO_PAD
        .decode(signature)
        .is_ok_and(|signature| mac.verify_slice(&signature).is_ok());
    if !is_signed {
        return Ok(None);
    }
    Ok(claims_of(payload).filter(|claims| claims.exp >= now))
}

/// The claims of a payload.
fn claims_of(payload: &str) -> Option<Claims> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let json = serde_json::from_str(&String::from_utf8_lossy(&bytes)).ok()?;
    let Json::Object(mut fields) = json else { return None };
    let names = ["workspaceId", "sessionId", "viewerId", "leaseEpoch", "mode", "port", "exp"];
    let claims = names.map(|name| fields.remove(name).map_or_else(Claim::absent, claim));
    Claims::check(GivenClaims::Object(claims)).ok()
}

/// A value of JSON as a claim.
fn claim(json: Json) -> Claim {
    let other = |kind: &str| Claim::Other(kind.to_owned());
    match json {
        Json::String(text) => Claim::Text(text),
        // A number is rounded to a double, as in JavaScript.
        Json::Number(number) => Claim::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::Null => other("null"),
        Json::Bool(_) => other("boolean"),
        Json::Array(_) => other("array"),
        Json::Object(_) => other("object"),
    }
}
