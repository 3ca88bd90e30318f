//! Sandbox providers: what their errors mean.

/// What an error says where the box itself is gone.
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

/// What an error says where it is the opposite.
const THERE: [&str; 3] = ["already running", "still running", "already exists"];

/// Whether a provider's error says that the box is gone, by its HTTP status or else by its words. The
/// machine of an agent is never gone: only its agent is.
#[must_use]
pub fn is_gone(backend_id: &str, status: Option<f64>, words: &str) -> bool {
    if backend_id == "selfhosted" {
        return false;
    }
    let words = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    status == Some(404.0) || !says(&THERE) && says(&GONE)
}
