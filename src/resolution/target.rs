//! Establishes the backend of a sandbox.

use serde::Serialize;
use thiserror::Error;

use crate::input::{Given, Reader};
use crate::shell::Thrown;

/// How the backend of a sandbox is established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Establishment {
    /// The session's own sandbox, which exists already.
    Home,
    /// A session with the agent on the machine.
    Selfhosted,
    /// The caller's `establishModal`.
    Modal,
}

/// Why a sandbox cannot be established.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unestablishable {
    /// The caller gave no way to establish modal sandboxes.
    #[error("a modal sandbox other than the session's own cannot be established in this context")]
    Modal,
    /// The kind is unknown.
    #[error("a sandbox of kind \"{kind}\" cannot be established")]
    Kind {
        /// The kind.
        kind: String,
    },
}

impl Unestablishable {
    /// The `code` of the error.
    #[must_use]
    pub fn code(&self) -> UnresolvableCode {
        UnresolvableCode::UnsupportedBackendContext
    }
}

/// Tells how a sandbox is established. The same rule admits a target before a pointer moves to it, and
/// resolves the pointer afterwards.
///
/// # Errors
///
/// When the sandbox cannot be established.
pub fn establishment(
    kind: &str,
    is_session_group: bool,
    establishes_modal: bool,
) -> Result<Establishment, Unestablishable> {
    match kind {
        _ if is_session_group => Ok(Establishment::Home),
        "selfhosted" => Ok(Establishment::Selfhosted),
        "modal" if establishes_modal => Ok(Establishment::Modal),
        "modal" => Err(Unestablishable::Modal),
        _ => Err(Unestablishable::Kind { kind: kind.to_owned() }),
    }
}

/// Tells why a sandbox cannot be the target of a pointer; `None` where it can.
///
/// # Errors
///
/// When `target` cannot be read, or its kind has no text.
pub fn admission<G: Given>(target: &Reader<'_, G>) -> Result<Option<Unestablishable>, G::Error> {
    let kind = target.field("kind")?;
    let is_session_group = target.field("isSessionGroup")?.is_truthy()?;
    let establishes_modal = target.field("establishesModal")?.is_truthy()?;
    Ok(match kind.text()? {
        Some(kind) => establishment(&kind, is_session_group, establishes_modal).err(),
        None if is_session_group => None,
        // A kind that is no string is unknown, also where its text is that of a known one.
        None => Some(Unestablishable::Kind { kind: kind.spelled()? }),
    })
}

/// The `code` of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnresolvableCode {
    /// The sandbox of the pointer does not exist.
    StalePointer,
    /// The machine has no agent to address.
    OfflineEnrollment,
    /// A sandbox of this kind cannot be established here.
    UnsupportedBackendContext,
    /// The turn has not the session's own sandbox.
    HomeUnavailableThisTurn,
}

/// The codes as JavaScript has them. The last one is of callers' own resolvers alone.
const CODES: [&str; 5] = [
    "stale_pointer",
    "offline_enrollment",
    "unsupported_backend_context",
    "home_unavailable_this_turn",
    "transient_establishment",
];

impl UnresolvableCode {
    /// Whether a text is one of the codes.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        CODES.contains(&text)
    }
}

/// Why a pointer has no backend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unresolvable {
    /// The sandbox does not exist.
    #[error("active sandbox {sandbox_id} not found in workspace {workspace_id}")]
    NotFound {
        /// The sandbox of the pointer.
        sandbox_id: String,
        /// The workspace of the session.
        workspace_id: String,
    },
    /// The machine is not enrolled.
    #[error("selfhosted sandbox {sandbox_id} has no enrollment (agent id) to address")]
    NotEnrolled {
        /// The sandbox of the record.
        sandbox_id: String,
    },
    /// The turn has not the session's own sandbox, but another one in its place.
    #[error("the session's own sandbox is unavailable in this turn")]
    HomeUnavailable,
    /// The sandbox cannot be established here.
    #[error("{}", unestablishable_message(sandbox_id, reason))]
    Unestablishable {
        /// The sandbox of the record.
        sandbox_id: String,
        /// Why not.
        reason: Unestablishable,
    },
}

fn unestablishable_message(sandbox_id: &str, reason: &Unestablishable) -> String {
    match reason {
        Unestablishable::Modal => format!(
            "modal swap target {sandbox_id} cannot be established in this context (no establisher wired)"
        ),
        Unestablishable::Kind { kind } => {
            format!("unsupported swap target kind \"{kind}\" for sandbox {sandbox_id}")
        }
    }
}

impl Unresolvable {
    /// The `code` of the error.
    #[must_use]
    pub fn code(&self) -> UnresolvableCode {
        match self {
            Self::NotFound { .. } => UnresolvableCode::StalePointer,
            Self::NotEnrolled { .. } => UnresolvableCode::OfflineEnrollment,
            Self::HomeUnavailable => UnresolvableCode::HomeUnavailableThisTurn,
            Self::Unestablishable { reason, .. } => reason.code(),
        }
    }
}

/// Tells how the sandbox of a pointer is established.
///
/// # Errors
///
/// When the sandbox cannot be established.
pub fn establish(
    sandbox_id: String,
    kind: &str,
    is_enrolled: bool,
    establishes_modal: bool,
) -> Result<Establishment, Unresolvable> {
    match establishment(kind, false, establishes_modal) {
        Ok(Establishment::Selfhosted) if !is_enrolled => {
            Err(Unresolvable::NotEnrolled { sandbox_id })
        }
        Ok(establishment) => Ok(establishment),
        Err(reason) => Err(Unresolvable::Unestablishable { sandbox_id, reason }),
    }
}

/// The fields of a sandbox's record that a resolve needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether it has an agent to address.
    pub is_enrolled: bool,
    /// Whether the caller has a way to establish modal sandboxes.
    pub establishes_modal: bool,
}

/// The port to the caller's sandboxes. Sessions stay with the caller.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Sandboxes {
    /// Looks up the sandbox that the pointer names.
    async fn get(&self) -> Result<Option<Sandbox>, Thrown>;

    /// Establishes its backend. `establishment` is never [`Establishment::Home`].
    async fn establish(&self, establishment: Establishment) -> Result<(), Thrown>;
}

/// Why a pointer was not resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The pointer has no backend.
    #[error(transparent)]
    Unresolvable(#[from] Unresolvable),
    /// The caller's code threw. The value is passed on as it is.
    #[error("a dependency threw")]
    Thrown(Thrown),
}

impl From<Thrown> for ResolveError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// A backend, whose session stays with the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backend {
    /// The id of its sandbox.
    pub sandbox_id: String,
    /// How it was established.
    pub kind: Establishment,
}

/// Resolves a pointer to a sandbox that is neither the session's own nor the pinned one.
///
/// # Errors
///
/// [`ResolveError`].
pub async fn resolve(
    sandboxes: &impl Sandboxes,
    sandbox_id: String,
    workspace_id: String,
) -> Result<Backend, ResolveError> {
    let found = sandboxes.get().await?;
    let sandbox = found.ok_or(Unresolvable::NotFound { sandbox_id, workspace_id })?;
    let Sandbox { id, kind, is_enrolled, establishes_modal } = sandbox;
    let establishment = establish(id.clone(), &kind, is_enrolled, establishes_modal)?;
    sandboxes.establish(establishment).await?;
    Ok(Backend { sandbox_id: id, kind: establishment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_their_codes_and_messages() {
        let lost =
            Unresolvable::NotFound { sandbox_id: "s".to_owned(), workspace_id: "w".to_owned() };
        let cases = [
            (lost, UnresolvableCode::StalePointer, "active sandbox s not found in workspace w"),
            (
                establish("s".to_owned(), "selfhosted", false, false).expect_err("no agent"),
                UnresolvableCode::OfflineEnrollment,
                "selfhosted sandbox s has no enrollment (agent id) to address",
            ),
            (
                establish("s".to_owned(), "modal", true, false).expect_err("no establisher"),
                UnresolvableCode::UnsupportedBackendContext,
                "modal swap target s cannot be established in this context (no establisher wired)",
            ),
            (
                establish("s".to_owned(), "vm", true, true).expect_err("no such kind"),
                UnresolvableCode::UnsupportedBackendContext,
                "unsupported swap target kind \"vm\" for sandbox s",
            ),
            (
                Unresolvable::HomeUnavailable,
                UnresolvableCode::HomeUnavailableThisTurn,
                "the session's own sandbox is unavailable in this turn",
            ),
        ];
        for (error, code, message) in cases {
            let name = serde_json::to_string(&code).expect("a text");
            assert!(UnresolvableCode::is_name(name.trim_matches('"')), "{name}");
            assert_eq!((error.code(), error.to_string().as_str()), (code, message));
        }
    }
}
