//! The claims of a stream token, and their faults.

use std::fmt;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::ecmascript::number_text;

/// The largest integer up to which a JavaScript number holds each integer exactly.
const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
/// The note in issues about larger integers.
const UNSAFE: &str = "Integers must be within the safe integer range.";

/// The rights of a viewer.
const MODES: [&str; 2] = ["view", "control"];

/// A claim of the caller, or of a token.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// Another value, by the name of its type. An absent claim is `undefined` or `null`.
    Other(String),
}

impl Claim {
    /// An absent claim.
    #[must_use]
    pub fn absent() -> Self {
        Self::Other("undefined".to_owned())
    }

    /// Whether the claim is absent.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Other(kind) if kind == "undefined" || kind == "null")
    }

    /// The claim, or `default` where it is absent.
    #[must_use]
    pub fn or(self, default: Self) -> Self {
        if self.is_absent() { default } else { self }
    }

    /// The sum of two numbers. Where one is no number, the result is the first such claim.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Self::Number(a + b),
            (Self::Number(_), other) | (other, _) => other,
        }
    }

    /// The name of the value's type in an issue.
    fn received(&self) -> String {
        match self {
            Self::Text(_) => "string".to_owned(),
            Self::Number(number) if number.is_finite() => "number".to_owned(),
            Self::Number(number) => number_text(*number),
            Self::Other(kind) => kind.clone(),
        }
    }
}

/// A value that is checked against the schema.
#[derive(Debug, Clone, PartialEq)]
pub enum GivenClaims {
    /// The fields of an object, in the order of the schema.
    Object([Claim; 7]),
    /// A value that is no object.
    Other(Claim),
}

/// The claims of a token, in the order of its JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// A UUID.
    pub workspace_id: String,
    /// A UUID.
    pub session_id: String,
    /// A UUID.
    pub viewer_id: String,
    /// The epoch of the lease, from 0 on.
    #[serde(serialize_with = "whole")]
    pub lease_epoch: f64,
    /// `view` or `control`.
    pub mode: String,
    /// A port, from 1 on.
    #[serde(serialize_with = "whole")]
    pub port: f64,
    /// The last second since the Unix epoch in which the token is valid.
    #[serde(serialize_with = "whole")]
    pub exp: f64,
}

/// Writes an integer as JavaScript does, without a fraction.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "claims are in range")]
fn whole<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(*number as u64)
}

/// A fault of a claim: its code, and the fields of that code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
enum Fault {
    InvalidType {
        expected: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        format: Option<&'static str>,
        #[serde(skip)]
        received: String,
    },
    InvalidFormat {
        origin: &'static str,
        format: &'static str,
    },
    InvalidValue {
        values: [&'static str; 2],
    },
    TooSmall {
        origin: &'static str,
        #[serde(serialize_with = "integer")]
        minimum: f64,
        inclusive: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<&'static str>,
    },
    TooBig {
        origin: &'static str,
        #[serde(serialize_with = "integer")]
        maximum: f64,
        inclusive: bool,
        note: &'static str,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
#[expect(clippy::cast_possible_truncation, reason = "limits are safe integers")]
fn integer<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(*number as i64)
}

impl Fault {
    fn wrong_type(expected: &'static str, received: String) -> Self {
        Self::InvalidType { expected, format: None, received }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidType { expected, received, .. } => {
                write!(f, "Invalid input: expected {expected}, received {received}")
            }
            Self::InvalidFormat { .. } => f.write_str("Invalid UUID"),
            Self::InvalidValue { values: [view, control] } => {
                write!(f, "Invalid option: expected one of \"{view}\"|\"{control}\"")
            }
            Self::TooSmall { origin, minimum, inclusive, .. } => {
                let sign = if *inclusive { ">=" } else { ">" };
                write!(f, "Too small: expected {origin} to be {sign}{}", number_text(*minimum))
            }
            Self::TooBig { origin, maximum, .. } => {
                write!(f, "Too big: expected {origin} to be <={}", number_text(*maximum))
            }
        }
    }
}

/// A fault and its place, in the shape of zod's issues.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    #[serde(flatten)]
    fault: Fault,
    path: Vec<&'static str>,
    message: String,
}

/// The error of refused claims.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}", serde_json::to_string_pretty(issues).expect("plain data has JSON"))]
pub struct InvalidClaims {
    /// All faults, in the order of the schema.
    pub issues: Vec<Issue>,
}

impl Claims {
    /// Checks the claims.
    ///
    /// # Errors
    ///
    /// [`InvalidClaims`] with all faults.
    pub fn check(given: GivenClaims) -> Result<Self, InvalidClaims> {
        let mut checker = Checker::default();
        let [workspace_id, session_id, viewer_id, lease_epoch, mode, port, exp] = match given {
            GivenClaims::Object(claims) => claims,
            GivenClaims::Other(value) => {
                checker.note(None, Fault::wrong_type("object", value.received()));
                return Err(InvalidClaims { issues: checker.issues });
            }
        };
        // The order of the checks is that of the issues.
        let claims = Self {
            workspace_id: checker.uuid("workspaceId", workspace_id),
            session_id: checker.uuid("sessionId", session_id),
            viewer_id: checker.uuid("viewerId", viewer_id),
            lease_epoch: checker.integer("leaseEpoch", &lease_epoch, Least::Zero),
            mode: checker.mode("mode", mode),
            port: checker.integer("port", &port, Least::AboveZero),
            exp: checker.integer("exp", &exp, Least::AboveZero),
        };
        let Checker { issues } = checker;
        if issues.is_empty() { Ok(claims) } else { Err(InvalidClaims { issues }) }
    }
}

/// The least number of a claim.
#[derive(Clone, Copy, PartialEq)]
enum Least {
    Zero,
    AboveZero,
}

/// Checks one claim after another, and collects the faults. A refused claim gets an empty value.
#[derive(Default)]
struct Checker {
    issues: Vec<Issue>,
}

impl Checker {
    fn note(&mut self, path: Option<&'static str>, fault: Fault) {
        let message = fault.to_string();
        self.issues.push(Issue { fault, path: path.into_iter().collect(), message });
    }

    fn uuid(&mut self, path: &'static str, claim: Claim) -> String {
        match claim {
            Claim::Text(text) if is_uuid(&text) => return text,
            Claim::Text(_) => {
                self.note(Some(path), Fault::InvalidFormat { origin: "string", format: "uuid" });
            }
            other => self.note(Some(path), Fault::wrong_type("string", other.received())),
        }
        String::new()
    }

    fn mode(&mut self, path: &'static str, claim: Claim) -> String {
        match claim {
            Claim::Text(mode) if MODES.contains(&mode.as_str()) => mode,
            _ => {
                self.note(Some(path), Fault::InvalidValue { values: MODES });
                String::new()
            }
        }
    }

    fn integer(&mut self, path: &'static str, claim: &Claim, least: Least) -> f64 {
        let number = match claim {
            Claim::Number(number) if number.is_finite() => *number,
            other => {
                self.note(Some(path), Fault::wrong_type("number", other.received()));
                return 0.0;
            }
        };
        if number.fract() != 0.0 {
            let (expected, format) = ("int", Some("safeint"));
            self.note(
                Some(path),
                Fault::InvalidType { expected, format, received: claim.received() },
            );
            return 0.0;
        }
        let inclusive = true;
        if number > MAX_SAFE {
            let (origin, maximum, note) = ("int", MAX_SAFE, UNSAFE);
            self.note(Some(path), Fault::TooBig { origin, maximum, inclusive, note });
        }
        if number < -MAX_SAFE {
            let (origin, minimum, note) = ("int", -MAX_SAFE, Some(UNSAFE));
            self.note(Some(path), Fault::TooSmall { origin, minimum, inclusive, note });
        }
        let inclusive = least == Least::Zero;
        if number < 0.0 || number == 0.0 && !inclusive {
            let (origin, minimum, note) = ("number", 0.0, None);
            self.note(Some(path), Fault::TooSmall { origin, minimum, inclusive, note });
        }
        number
    }
}

/// Whether a text is a UUID of RFC 9562: one of its versions and its variant, or nil, or max in lower case.
fn is_uuid(text: &str) -> bool {
    if text == "ffffffff-ffff-ffff-ffff-ffffffffffff" {
        return true;
    }
    let is_shaped = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    let is_nil = || text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    let [version, variant] = [14, 19].map(|at| text.as_bytes().get(at).copied());
    let is_known = matches!(version, Some(b'1'..=b'8'))
        && matches!(variant, Some(b'8' | b'9' | b'a' | b'b' | b'A' | b'B'));
    is_shaped && (is_known || is_nil())
}
