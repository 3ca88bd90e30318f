//! Sandbox providers: the meaning of their errors.

/// Words of errors that say that the box is gone.
const GONE: [&str; 13] = [
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
    // The workspace of a local session is its box.
    "unixlocal sandbox workspace is unavailable",
];

/// Words of errors that say that the box exists. They outweigh those of [`GONE`].
const THERE: [&str; 3] = ["already running", "still running", "already exists"];

/// What has such words in it, and says that a name or a program is missing: nothing of the box.
const ELSEWHERE: [&str; 4] =
    ["enotfound", "getaddrinfo", "command not found", "executable file not found"];

/// Whether a shell says that it does not find a program, as in `/bin/sh: 1: foo: not found`.
fn is_of_shell(words: &str) -> bool {
    words.lines().filter_map(|line| line.strip_suffix(": not found")).any(|line| {
        let program = line.split(": ").next().unwrap_or_default();
        let program = program.rsplit(['/', ' ']).next().unwrap_or_default();
        ["sh", "ash", "bash", "dash", "ksh", "zsh"].contains(&program)
    })
}

/// Whether a provider's error says that the box is gone, by its HTTP status, else by its words. A
/// self-hosted machine is never gone: only its agent can be offline.
#[must_use]
pub fn is_gone(backend_id: &str, status: Option<f64>, words: &str) -> bool {
    if backend_id == "selfhosted" {
        return false;
    }
    let words = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    let is_elsewhere = || says(&ELSEWHERE) || is_of_shell(&words);
    status == Some(404.0) || !says(&THERE) && says(&GONE) && !is_elsewhere()
}
