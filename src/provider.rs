//! Sandbox providers: the meaning of their errors.

/// Words of errors that say that the box is gone.
const GONE: [&str; 12] = [
    "not found",
    "no longer running",
    "no longer exists",
    "does not exist",
    "doesn't exist",
    "has been terminated",
    "was terminated",
    "is terminated",
    "sandbox terminated",
    "notfound",
    "sandbox_not_found",
    "box no longer running",
];

/// Words of errors that say that the box exists. They outweigh those of [`GONE`].
const THERE: [&str; 3] = ["already running", "still running", "already exists"];

/// Whether a provider's error says that the box is gone, by its HTTP status, else by its words. A
/// self-hosted machine is never gone: only its agent can be offline.
#[must_use]
pub fn is_gone(backend_id: &str, status: Option<f64>, words: &str) -> bool {
    if backend_id == "selfhosted" {
        return false;
    }
    let words = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    status == Some(404.0) || !says(&THERE) && says(&GONE)
}
