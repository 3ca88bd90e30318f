//! Sandbox providers: what their errors say of the box.
//!
//! An error is read as a chain of its causes ([`ErrorChain`]). Structure decides before words do, and in
//! doubt the box is not gone: to give up a box that lives loses its files, while one that is gone can be
//! asked for again.

mod chain;
mod docker;
mod text;
mod words;

use serde::Serialize;

pub use chain::{ERROR_FIELDS, ErrorChain, LONGEST_CHAIN};

use chain::Link;
use text::Backend;

/// What a failure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxFailure {
    /// The box is gone: its provider says so.
    Gone,
    /// Something else: a command, a file, another resource, or a request that was refused.
    NotGone,
    /// The way to the box, for now: a connection, a time limit, a rate limit or a failure of the
    /// provider's own service.
    Transient,
    /// The error does not tell.
    Unknown,
}

/// Classifies an error of a provider's client. `backend_id` is the backend as its client calls itself.
///
/// 1. A failure of the way to the box is transient, by code, class or status, of the error or a cause.
/// 2. The failure of a command or a file is not of the box.
/// 3. A status of 404 or 410 is of the box where nothing names another thing, and where words, the address
///    or the operation name the box, or the status is all that there is. Other statuses of 4xx are refusals.
/// 4. Classes and texts come last. A text must say of the box, from end to end, that it is gone.
///
/// A self-hosted machine is never gone: only its agent can be offline.
#[must_use]
pub fn classify(backend_id: &str, chain: &ErrorChain) -> SandboxFailure {
    let backend = Backend::of(backend_id);
    let links = chain.links(backend);
    let failure = by_way(&links)
        .or_else(|| by_content(&links))
        .or_else(|| by_stop(&links))
        .or_else(|| by_status(&links))
        .or_else(|| by_words(&links))
        .unwrap_or(SandboxFailure::Unknown);
    match failure {
        SandboxFailure::Gone if backend == Backend::Selfhosted => SandboxFailure::NotGone,
        // What the rest of the chain says is not known.
        SandboxFailure::Gone if chain.is_cut() => SandboxFailure::Unknown,
        failure => failure,
    }
}

fn by_way(links: &[Link]) -> Option<SandboxFailure> {
    links.iter().any(Link::is_of_way).then_some(SandboxFailure::Transient)
}

fn by_content(links: &[Link]) -> Option<SandboxFailure> {
    links.iter().any(Link::is_of_content).then_some(SandboxFailure::NotGone)
}

fn by_stop(links: &[Link]) -> Option<SandboxFailure> {
    let is_stop = links.iter().any(Link::is_of_stop) && links.iter().all(Link::agrees_with_stop);
    is_stop.then_some(SandboxFailure::Gone)
}

fn by_status(links: &[Link]) -> Option<SandboxFailure> {
    if links.iter().any(Link::is_refusal) {
        return Some(SandboxFailure::NotGone);
    }
    let contradicts = |link: &Link| {
        let is_of_other = || link.says_there() || link.speaks_of_other();
        link.speaks_of_way() || !link.has_missing_status() && is_of_other()
    };
    if links.iter().any(contradicts) {
        return None;
    }
    let mut missing = links.iter().filter(|link| link.has_missing_status()).peekable();
    missing.peek()?;
    let is_proof = links.iter().any(Link::points_at_box) || missing.all(Link::is_bare);
    Some(match links.iter().all(Link::can_be_of_box) {
        true if is_proof => SandboxFailure::Gone,
        false if links.iter().any(Link::names_other) => SandboxFailure::NotGone,
        _ => SandboxFailure::Unknown,
    })
}

fn by_words(links: &[Link]) -> Option<SandboxFailure> {
    if links.iter().any(Link::speaks_of_way) {
        return Some(SandboxFailure::Transient);
    }
    if links.iter().any(|link| link.says_there() || link.speaks_of_other()) {
        return Some(SandboxFailure::NotGone);
    }
    let is_gone = links.iter().any(Link::says_gone)
        || links.iter().any(Link::says_missing) && links.iter().all(Link::can_be_of_box);
    (is_gone && !links.iter().any(Link::is_hedged)).then_some(SandboxFailure::Gone)
}
