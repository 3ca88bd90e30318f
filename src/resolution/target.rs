//! What an active pointer comes to.

use serde::Serialize;
use thiserror::Error;

use crate::input::{Given, Reader};
use crate::shell::Thrown;

/// How a sandbox becomes a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Establishment {
    /// It is there already.
    Home,
    /// By a session with the agent on the machine.
    Selfhosted,
    /// By the caller's own means.
    Modal,
}

/// Why a sandbox cannot become a backend where it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unestablishable {
    /// Nobody here knows how to establish a modal sandbox.
    #[error("a modal sandbox other than the session's own cannot be established in this context")]
    Modal,
    /// Nobody anywhere knows how to establish a sandbox of this kind.
    #[error("a sandbox of kind \"{kind}\" cannot be established")]
    Kind {
        /// The kind.
        kind: String,
    },
}

impl Unestablishable {
    /// What callers tell these refusals apart by.
    #[must_use]
    pub fn code(&self) -> UnresolvableCode {
        UnresolvableCode::UnsupportedBackendContext
    }
}

/// How, and whether at all, a sandbox can become a backend. Asked before a pointer is moved, and
/// again when it is followed.
///
/// # Errors
///
/// When it cannot.
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

/// Whether a sandbox can become a backend, as a caller asks before it moves a pointer.
///
/// # Errors
///
/// When what is passed cannot be read, or has a kind without a text.
pub fn admission<G: Given>(target: &Reader<'_, G>) -> Result<Option<Unestablishable>, G::Error> {
    let kind = target.field("kind")?;
    let is_session_group = target.field("isSessionGroup")?.is_truthy()?;
    let establishes_modal = target.field("establishesModal")?.is_truthy()?;
    Ok(match kind.text()? {
        Some(kind) => establishment(&kind, is_session_group, establishes_modal).err(),
        None if is_session_group => None,
        // What is no text is no kind that is known, whatever its text is.
        None => Some(Unestablishable::Kind { kind: kind.spelled()? }),
    })
}

/// The `code` of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnresolvableCode {
    /// The pointer leads nowhere: its sandbox is gone.
    StalePointer,
    /// The machine has no agent to address.
    OfflineEnrollment,
    /// Nobody here can establish such a sandbox.
    UnsupportedBackendContext,
}

/// Why a pointer has no backend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unresolvable {
    /// There is no such sandbox.
    #[error("active sandbox {sandbox_id} not found in workspace {workspace_id}")]
    NotFound {
        /// The pointer's.
        sandbox_id: String,
        /// The session's.
        workspace_id: String,
    },
    /// The machine is not enrolled.
    #[error("selfhosted sandbox {sandbox_id} has no enrollment (agent id) to address")]
    NotEnrolled {
        /// The record's.
        sandbox_id: String,
    },
    /// The sandbox cannot be established here.
    #[error("{}", unestablishable_message(sandbox_id, reason))]
    Unestablishable {
        /// The record's.
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
    /// What callers tell these errors apart by.
    #[must_use]
    pub fn code(&self) -> UnresolvableCode {
        match self {
            Self::NotFound { .. } => UnresolvableCode::StalePointer,
            Self::NotEnrolled { .. } => UnresolvableCode::OfflineEnrollment,
            Self::Unestablishable { reason, .. } => reason.code(),
        }
    }
}

/// How the sandbox that a pointer led to becomes a backend.
///
/// # Errors
///
/// When it cannot.
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

/// The record of a sandbox, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Whether it has an agent to address.
    pub is_enrolled: bool,
    /// Whether the caller knows how to establish modal sandboxes.
    pub establishes_modal: bool,
}

/// What the caller of a resolver provides. Sessions stay with the caller.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Sandboxes {
    /// Looks up the sandbox that the pointer names.
    async fn get(&self) -> Result<Option<Sandbox>, Thrown>;

    /// Establishes it, in one of two ways.
    async fn establish(&self, establishment: Establishment) -> Result<(), Thrown>;
}

/// Why a pointer was not resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// It cannot be.
    #[error(transparent)]
    Unresolvable(#[from] Unresolvable),
    /// The caller's own code threw. What it threw is passed on as it is.
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
    /// The sandbox it is of.
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
        ];
        for (error, code, message) in cases {
            assert_eq!((error.code(), error.to_string().as_str()), (code, message));
        }
    }
}
