//! What the texts of errors say. They are in small letters, without white space at their ends.

use super::{docker, words};

/// A backend whose errors have forms of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Backend {
    /// Its errors have the status codes of gRPC: modal and e2b.
    Grpc,
    /// The body of a response is what is thrown, with the status as its `code`.
    Blaxel,
    /// What the Docker client prints is a part of the errors.
    Docker,
    /// A box that has stopped has a status and a code of its own.
    Vercel,
    /// The box is a folder of the caller's machine.
    Local,
    /// An enrolled machine.
    Selfhosted,
    /// Any other.
    #[default]
    Other,
}

impl Backend {
    pub(super) fn of(id: &str) -> Self {
        match id {
            "modal" | "e2b" => Self::Grpc,
            "blaxel" => Self::Blaxel,
            "docker" => Self::Docker,
            "vercel" => Self::Vercel,
            "local" | "unix_local" => Self::Local,
            "selfhosted" => Self::Selfhosted,
            _ => Self::Other,
        }
    }

    /// The status of HTTP that a code amounts to, as `google.rpc.Code` has them. `FAILED_PRECONDITION` has
    /// none here: modal says with it that a box has ended.
    pub(super) fn status_of_code(self, code: u16) -> Option<u16> {
        match (self, code) {
            (Self::Blaxel, status) => Some(status),
            (Self::Grpc, 3 | 11 | 12) => Some(400),
            (Self::Grpc, 5) => Some(404),
            (Self::Grpc, 6) => Some(409),
            (Self::Grpc, 7) => Some(403),
            (Self::Grpc, 8) => Some(429),
            (Self::Grpc, 1 | 2 | 10 | 13..=15) => Some(503),
            (Self::Grpc, 4) => Some(504),
            (Self::Grpc, 16) => Some(401),
            _ => None,
        }
    }
}

/// What the SDK's local client says of a folder that is gone.
const NO_FOLDER: &str =
    "unixlocal sandbox workspace is unavailable and no local snapshot could be restored.";

/// The status that a text begins with: `Status code 410 is not ok` is of Vercel's client, and `503: …` of
/// e2b's.
pub(super) fn status_in(text: &str) -> Option<u16> {
    let vercel = || text.strip_prefix("status code ")?.split_once(" is not ok");
    let e2b = || text.split_once(": ").filter(|(status, _)| status.len() == 3);
    vercel().or_else(e2b)?.0.parse().ok()
}

/// A text without white space at its ends, and without the quotes of JSON around it.
pub(super) fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = text.starts_with('"').then(|| serde_json::from_str::<String>(text).ok()).flatten();
    inner.map_or_else(|| text.to_owned(), |inner| inner.trim().to_owned())
}

/// Whether a server says that it has no such address, as Express does: `Cannot GET /sandboxes/x`.
pub(super) fn is_of_route(text: &str) -> bool {
    let said = text.strip_prefix("cannot ").and_then(|rest| rest.split_once(' '));
    said.is_some_and(|(method, path)| {
        ["get", "head", "post", "put", "patch", "delete", "options"].contains(&method)
            && path.starts_with('/')
    })
}

/// Whether a text words no more than that there is nothing. That a box runs beside a status of 404 is no more
/// either, as in 0.2.0.
pub(super) fn is_bare(text: &str) -> bool {
    is_general(text) || is_there(text)
}

fn is_there(text: &str) -> bool {
    ["already running", "still running", "already exists"].iter().any(|word| text.contains(word))
}

/// Whether a text only presumes.
pub(super) fn is_hedged(text: &str) -> bool {
    ["probably", "likely", "may have", "may be", "might", "perhaps", "possibly"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a text is of the Docker client, or of the daemon that it asks.
pub(super) fn is_of_docker_client(text: &str) -> bool {
    const BEGINNINGS: [&str; 6] = [
        "error response from daemon: ",
        "error: no such ",
        "cannot connect to the docker daemon",
        "failed to connect to the docker api",
        "error during connect: ",
        "permission denied while trying to connect to the docker daemon",
    ];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Whether a text is of a command or a file: a shell's words, or a path in quotes.
pub(super) fn is_of_content(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "command not found",
        "executable file not found",
        "no such file or directory",
        "file not found",
        "path not found",
        "directory not found",
        "not a directory",
        "is a directory",
        "exit code",
        "exit status",
        "exited with",
        "path does not exist",
        "file does not exist",
    ];
    WORDS.iter().any(|word| text.contains(word)) || is_of_shell(text) || has_quoted_path(text)
}

/// Whether a shell says that it does not find a program, as in `/bin/sh: 1: foo: not found`.
fn is_of_shell(text: &str) -> bool {
    text.lines().filter_map(|line| line.strip_suffix(": not found")).any(|line| {
        let program = line.split(": ").next().unwrap_or_default();
        let program = program.rsplit(['/', ' ']).next().unwrap_or_default();
        ["sh", "ash", "bash", "dash", "ksh", "zsh"].contains(&program)
    })
}

fn has_quoted_path(text: &str) -> bool {
    ['"', '\'', '`'].iter().any(|quote| {
        // Every second part is between two quotes.
        let parts: Vec<_> = text.split(*quote).collect();
        let between = parts.iter().skip(1).step_by(2).take((parts.len() - 1) / 2);
        let is_path = |part: &&str| {
            part.contains('/') && !part.contains("://") && !part.contains(char::is_whitespace)
        };
        between.into_iter().any(is_path)
    })
}

/// Whether a text is of the way to the box.
pub(super) fn is_of_way(text: &str) -> bool {
    const WORDS: [&str; 28] = [
        "getaddrinfo",
        "enotfound",
        "eai_again",
        "econnrefused",
        "econnreset",
        "econnaborted",
        "etimedout",
        "epipe",
        "socket hang up",
        "other side closed",
        "fetch failed",
        "network error",
        "connection error",
        "connection refused",
        "connection reset",
        "connection closed",
        "connect to the docker",
        "error during connect",
        "timed out",
        "timeout",
        "deadline exceeded",
        "deadline_exceeded: ",
        "unavailable: ",
        "temporarily unavailable",
        "service unavailable",
        "bad gateway",
        "rate limit",
        "too many requests",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// Whether a text says that the box exists.
pub(super) fn says_there(backend: Backend, text: &str) -> bool {
    let is_stopped = || {
        // The container is there, and can be started.
        let text = unwrapped(text);
        text.starts_with("container ") && text.ends_with(" is not running")
    };
    is_there(text) || backend == Backend::Docker && is_stopped()
}

/// Whether a text says that something is missing.
pub(super) fn speaks_of_missing(text: &str) -> bool {
    ["not found", "not be found", "not exist", "n't exist", "no such ", "no longer "]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether the text of an error that says "there is nothing" can be of the box: it says so of the box, or
/// no more than the error itself does.
pub(super) fn can_be_of_box(backend: Backend, text: &str) -> bool {
    // What a proxy or a web server answers is longer, or a page.
    const LONGEST: usize = 200;
    if says_gone(backend, text) {
        return true;
    }
    let says_more = || speaks_of_missing(text) && !is_general(unwrapped(text));
    !is_hedged(text)
        && !words::has_other(text)
        && !is_of_route(text)
        && !text.contains('<')
        && text.len() <= LONGEST
        && !says_more()
}

/// Whether a text only words a status.
fn is_general(text: &str) -> bool {
    const WORDS: [&str; 17] = [
        "not",
        "found",
        "notfounderror",
        "error",
        "exception",
        "the",
        "a",
        "requested",
        "resource",
        "was",
        "is",
        "could",
        "be",
        "does",
        "exist",
        "404",
        "410",
    ];
    if let Some(said) = said_in_json(text) {
        return said.iter().all(|text| is_general(text));
    }
    words::of_name(text).iter().all(|word| WORDS.contains(&word.as_str()))
}

/// Whether a text says of the box, from end to end, that it is gone.
pub(super) fn says_gone(backend: Backend, text: &str) -> bool {
    if backend == Backend::Local && text == NO_FOLDER {
        return true;
    }
    // The body of a response, as Blaxel's client has it for a message.
    let text = unwrapped(text);
    if let Some(said) = said_in_json(text) {
        return !said.is_empty() && said.iter().all(|text| says_gone(backend, text));
    }
    let is_code =
        !text.contains(char::is_whitespace) && words::is_box_missing(&words::of_name(text));
    // What the Docker client adds of its own.
    let is_said =
        |line: &&str| backend != Backend::Docker || !line.starts_with("error: failed to ");
    let lines = text.lines().filter(is_said);
    let mut sentences = lines.flat_map(|line| unwrapped(line).split(". ")).peekable();
    is_code
        || sentences.peek().is_some()
            && sentences.all(|sentence| is_gone_sentence(backend, sentence))
}

/// The texts in the JSON of an error.
fn said_in_json(text: &str) -> Option<Vec<String>> {
    let body: serde_json::Value =
        serde_json::from_str(text.strip_prefix('{').map(|_| text)?).ok()?;
    let texts = ["error", "message", "detail"].into_iter().filter_map(|name| {
        let said = &body[name];
        said.as_str().or_else(|| said["message"].as_str()).map(|said| said.trim().to_lowercase())
    });
    Some(texts.collect())
}

/// A text without what clients put before and after the words of the provider.
pub(super) fn unwrapped(text: &str) -> &str {
    let mut text = text;
    if text.ends_with(')')
        && let Some((words, notes)) = text.rsplit_once(" (")
        && NOTES.iter().any(|note| notes.starts_with(note))
    {
        text = words;
    }
    while let Some(rest) = without_head(text) {
        text = rest;
    }
    text
}

/// What the SDK and modal put behind the words of the provider, in brackets.
const NOTES: [&str; 7] = [
    "status: ",
    "httpstatus: ",
    "responsestatus: ",
    "errorcode: ",
    "requestid: ",
    "responserequestid: ",
    "error code: ",
];

fn without_head(text: &str) -> Option<&str> {
    // dockerode: `(HTTP code 404) no such container - …`
    if text.starts_with("(http code ") {
        return text.split_once(" - ").map(|(_, said)| said.trim());
    }
    // The message of Node's `execFile`: the command, and what it has printed.
    if docker::failed_command(text).is_some_and(docker::is_client) {
        return text.split_once('\n').map(|(_, printed)| printed.trim());
    }
    let is_status =
        |digits: &str| digits.len() == 3 && digits.bytes().all(|it| it.is_ascii_digit());
    // `404 …`, as Runloop's client has it.
    if let Some((status, rest)) = text.split_once(' ')
        && is_status(status)
    {
        return Some(rest.trim());
    }
    let (head, rest) = text.split_once(": ")?;
    let (head, rest) = (head.trim(), rest.trim());
    let is_class = |name: &str| {
        !name.contains(char::is_whitespace)
            && (name.ends_with("error") || name.ends_with("exception"))
    };
    // `5 NOT_FOUND: …`, and with the path of the method in place of the number.
    let is_of_grpc = || {
        head.split_once(' ').is_some_and(|(from, code)| {
            (from.starts_with('/') || from.parse::<u8>().is_ok())
                && matches!(code, "not_found" | "failed_precondition")
        })
    };
    let is_head = is_class(head)
        || is_status(head)
        || head == "error response from daemon"
        || head.contains("sandboxclient failed to ")
        || head.starts_with("failed to ") && head.contains(" docker ")
        || head.starts_with("status code ") && head.ends_with(" is not ok")
        || is_of_grpc();
    is_head.then_some(rest)
}

/// Words that say of what stands before them that it is gone, the longer ones first.
const PREDICATES: [&[&str]; 20] = [
    &["could", "not", "be", "found"],
    &["is", "not", "found"],
    &["was", "not", "found"],
    &["not", "found"],
    &["does", "not", "exist"],
    &["doesn't", "exist"],
    &["no", "longer", "exists"],
    &["is", "no", "longer", "running"],
    &["no", "longer", "running"],
    &["has", "been", "terminated"],
    &["was", "terminated"],
    &["is", "terminated"],
    &["terminated"],
    // modal
    &["has", "already", "shut", "down"],
    &["has", "already", "finished"],
    &["has", "already", "completed"],
    // runloop, whose boxes do not come back from this state
    &["is", "in", "non-running", "state", "shutdown"],
    // vercel
    &["has", "stopped", "execution", "and", "is", "no", "longer", "available"],
    // 0.2.0
    &["notfound"],
    &["no", "longer", "exist"],
];

fn is_gone_sentence(backend: Backend, sentence: &str) -> bool {
    const BEFORE: [&str; 14] = [
        "the",
        "a",
        "this",
        "that",
        "your",
        "means",
        "paused",
        "modal",
        "daytona",
        "e2b",
        "runloop",
        "blaxel",
        "cloudflare",
        "vercel",
    ];
    let sentence = sentence.trim_end_matches(['.', '!', '\n']);
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let is_noun = |word: &str| {
        words::BOX.contains(&word) || backend == Backend::Docker && word == "container"
    };
    // `no such container: …`, as the Docker daemon has it
    if let ["no", "such", noun, rest @ ..] = words.as_slice() {
        let noun = noun.trim_end_matches(':');
        let is_box = is_noun(noun) || backend == Backend::Docker && noun == "object";
        return is_box && (rest.is_empty() || matches!(rest, [id] if is_plain(id)));
    }
    let begins = words.iter().position(|word| !BEFORE.contains(word)).unwrap_or(words.len());
    let [noun, rest @ ..] = &words[begins..] else { return false };
    if !is_noun(noun) {
        return false;
    }
    (0..rest.len()).any(|at| {
        let ends = PREDICATES.iter().find(|words| rest[at..].starts_with(words));
        ends.is_some_and(|words| is_name(&rest[..at]) && is_end(words, &rest[at + words.len()..]))
    })
}

/// Whether words name a box: nothing, or an id, with or without a word for it.
fn is_name(names: &[&str]) -> bool {
    const AROUND: [&str; 8] = ["with", "id", "id:", "or", "name", "named", "container", "instance"];
    let mut is_announced = false;
    let mut ids = 0;
    for word in names {
        if AROUND.contains(word) {
            is_announced |= matches!(*word, "id" | "id:" | "name" | "named");
            continue;
        }
        let is_id = is_announced || !words::has_other(word);
        if !is_id || !is_plain(word) {
            return false;
        }
        ids += 1;
    }
    ids <= 1
}

/// Whether a word is an id, in quotes or without.
fn is_plain(word: &str) -> bool {
    let word = word.trim_end_matches([':', ',']).trim_matches(['"', '\'', '`']);
    !word.is_empty() && word.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.:@".contains(&it))
}

/// Whether a sentence may go on so.
fn is_end(predicate: &[&str], rest: &[&str]) -> bool {
    match rest {
        [] => true,
        // modal: a box that is looked up by its name
        ["in", "app", app] => is_plain(app),
        // modal: how the box has ended
        ["with", "result:", ..] => predicate.ends_with(&["completed"]),
        _ => false,
    }
}
