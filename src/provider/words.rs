//! The words of classes, codes and texts.

/// The words of a name in `CamelCase`, `snake_case` or of several words, in small letters.
pub(super) fn of_name(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && (before.is_some_and(|before| !before.is_uppercase())
                || after.is_some_and(|after| after.is_lowercase()));
        if begins || !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn has(words: &[String], any: &[&str]) -> bool {
    words.iter().any(|word| any.contains(&word.as_str()))
}

fn is_plural_or(any: &[&str], word: &str) -> bool {
    any.contains(&word) || word.strip_suffix('s').is_some_and(|word| any.contains(&word))
}

/// Whether a code is that of a network's failure: of Node, of undici, of axios, and of Node's TLS.
pub(super) fn is_of_network(code: &str) -> bool {
    const CODES: [&str; 22] = [
        "ENOTFOUND",
        "EPIPE",
        "ETIMEDOUT",
        "ESOCKETTIMEDOUT",
        "EHOSTUNREACH",
        "EHOSTDOWN",
        "ENETUNREACH",
        "ENETDOWN",
        "ENETRESET",
        "EADDRNOTAVAIL",
        "ENOBUFS",
        "EPROTO",
        "ABORT_ERR",
        "ERR_CANCELED",
        "ERR_NETWORK",
        "ERR_STREAM_PREMATURE_CLOSE",
        "CERT_HAS_EXPIRED",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "SELF_SIGNED_CERT_IN_CHAIN",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "EMFILE",
    ];
    const FAMILIES: [&str; 6] =
        ["ECONN", "EAI_", "UND_ERR_", "ERR_SOCKET_", "ERR_TLS_", "ERR_HTTP2_"];
    CODES.contains(&code) || FAMILIES.iter().any(|family| code.starts_with(family))
}

/// Whether a code is that of a file system's failure.
pub(super) fn is_of_file_system(code: &str) -> bool {
    [
        "ENOENT",
        "ENOTDIR",
        "EISDIR",
        "EACCES",
        "EPERM",
        "EEXIST",
        "ENOTEMPTY",
        "ELOOP",
        "ENAMETOOLONG",
    ]
    .contains(&code)
}

/// Whether a class is of the way to the box, as `APIConnectionTimeoutError`.
pub(super) fn is_of_way(kind: &[String]) -> bool {
    const WAY: [&str; 14] = [
        "timeout",
        "connection",
        "rate",
        "abort",
        "aborted",
        "unavailable",
        "transport",
        "network",
        "gateway",
        "busy",
        "interrupted",
        "deadline",
        "internal",
        "dns",
    ];
    has(kind, &WAY)
}

/// Whether a class is of a command or a file, as `FileNotFoundError`.
pub(super) fn is_of_content(kind: &[String]) -> bool {
    const CONTENT: [&str; 12] = [
        "file",
        "files",
        "filesystem",
        "path",
        "directory",
        "command",
        "process",
        "exec",
        "execution",
        "git",
        "pty",
        "workspace",
    ];
    has(kind, &CONTENT)
}

/// Whether a class is of a request that was refused, as `AuthenticationError`.
pub(super) fn is_refusal(kind: &[String]) -> bool {
    const REFUSAL: [&str; 15] = [
        "authentication",
        "authorization",
        "unauthorized",
        "forbidden",
        "permission",
        "validation",
        "invalid",
        "argument",
        "unprocessable",
        "conflict",
        "configuration",
        "unsupported",
        "credentials",
        "exists",
        // A client that was closed, as `ClientClosedError` of modal.
        "closed",
    ];
    has(kind, &REFUSAL)
}

/// The names of a box.
pub(super) const BOX: [&str; 3] = ["sandbox", "devbox", "box"];

const PROVIDERS: [&str; 4] = ["daytona", "modal", "runloop", "blaxel"];

/// Whether a class has the name of a provider.
pub(super) fn has_provider(kind: &[String]) -> bool {
    has(kind, &PROVIDERS)
}

/// Whether the words say that there is nothing, and no more: `NotFoundError`, `DaytonaGoneError`.
pub(super) fn is_missing(kind: &[String]) -> bool {
    const AROUND: [&str; 3] = ["error", "exception", "resource"];
    let is_around = |word: &&str| AROUND.contains(word) || PROVIDERS.contains(word);
    let rest: Vec<_> = kind.iter().map(String::as_str).filter(|word| !is_around(word)).collect();
    matches!(rest.as_slice(), ["not", "found"] | ["notfound" | "notfounderror"])
}

/// Whether a class or a code says that the box is not found, as `SandboxNotFoundError`.
pub(super) fn is_box_missing(kind: &[String]) -> bool {
    let [first, rest @ ..] = kind else { return false };
    BOX.contains(&first.as_str()) && is_missing(rest)
}

/// Whether a class or a code says that something else is not found, as `snapshot_not_found`.
pub(super) fn is_other_missing(kind: &[String]) -> bool {
    let is_missing = kind.windows(2).any(|pair| pair == ["not", "found"]);
    is_missing && kind.iter().any(|word| is_other(word))
}

/// Whether a text has a word for something else than the box.
pub(super) fn has_other(text: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric()).any(is_other)
}

/// Whether a word is for something else than the box.
pub(super) fn is_other(word: &str) -> bool {
    const OTHER: [&str; 78] = [
        "account",
        "agent",
        "api",
        "app",
        "archive",
        "artifact",
        "backup",
        "binary",
        "blueprint",
        "branch",
        "bucket",
        "build",
        "certificate",
        "cmd",
        "command",
        "commit",
        "config",
        "context",
        "directory",
        "disk",
        "domain",
        "drive",
        "endpoint",
        "env",
        "environment",
        "executable",
        "feature",
        "file",
        "filesystem",
        "folder",
        "fs",
        "function",
        "host",
        "image",
        "job",
        "key",
        "label",
        "manifest",
        "method",
        "module",
        "network",
        "option",
        "organization",
        "package",
        "page",
        "path",
        "pid",
        "plan",
        "policy",
        "port",
        "preview",
        "process",
        "program",
        "project",
        "proxy",
        "region",
        "repository",
        "route",
        "runner",
        "script",
        "secret",
        "server",
        "session",
        "setting",
        "snapshot",
        "tag",
        "target",
        "team",
        "template",
        "token",
        "tool",
        "tunnel",
        "type",
        "url",
        "user",
        "variable",
        "volume",
        "workspace",
    ];
    is_plural_or(&OTHER, word) || word == "directories" || word == "repo"
}

/// What a path asks for of a box: what follows the id of one, as in `/sandboxes/sb-1/stop`.
pub(super) fn resource_of_box(path: &str) -> Option<&str> {
    let mut rest = path.trim_matches('/');
    loop {
        let (part, after) = rest.split_once('/')?;
        rest = after;
        match part {
            "sandbox" | "sandboxes" | "devbox" | "devboxes" => break,
            "api" => {}
            version if version.strip_prefix('v').is_some_and(|it| it.parse::<u8>().is_ok()) => {}
            // A folder of the box can have such a name, too.
            _ => return None,
        }
    }
    // `@vercel/sandbox` 3 has the runs of a box there.
    let rest = rest.strip_prefix("sessions/").unwrap_or(rest);
    let (id, resource) = rest.split_once('/').unwrap_or((rest, ""));
    (!id.is_empty() && !is_other(id)).then_some(resource)
}

/// Whether what is asked for of a box is the box, or a change of its state.
pub(super) fn is_of_life(resource: &str) -> bool {
    const LIFE: [&str; 16] = [
        "",
        "archive",
        "connect",
        "extend-timeout",
        "kill",
        "keep_alive",
        "pause",
        "refreshes",
        "resume",
        "shutdown",
        "start",
        "stop",
        "suspend",
        "terminate",
        "timeout",
        "wait",
    ];
    LIFE.contains(&resource)
}

/// Whether a client was asking for the box itself.
pub(super) fn asks_for_box(operation: &str) -> bool {
    const ERRANDS: [&str; 10] = [
        "resume",
        "reconnect",
        "connect",
        "poll",
        "start",
        "running",
        "resolve",
        "delete",
        "terminate",
        "stop",
    ];
    operation.split_whitespace().any(|word| ERRANDS.contains(&word))
}
