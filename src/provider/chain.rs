//! An error and its causes, as their fields are read.

use super::docker;
use super::text::{self, Backend};
use super::words;
use crate::input::Value;

/// How many links of a chain are read, the error itself among them.
pub const LONGEST_CHAIN: u32 = 32;

/// What a field tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The name of a class.
    Class,
    /// A name or a number for the kind of the failure.
    Code,
    /// Words for people.
    Text,
    /// A status of HTTP.
    Status,
    /// The address that was asked.
    Address,
    /// The path of an address, of a method or of a file.
    Place,
    /// What a client was doing.
    Operation,
    /// The exit code of a command.
    Exit,
    /// What a command has complained of.
    Complaint,
    /// The command line of a process on the caller's machine.
    CommandLine,
    /// The path of a file in the box.
    Path,
    /// Which of the provider's services has answered.
    Service,
}

/// The fields of an error that are read, with what each tells. Most clients put a status on the error or
/// its response, and an address there or in the configuration of the request; `details` is that of the SDK's
/// `SandboxProviderError`, `json` that of `@vercel/sandbox`, `error` the body of a response of Runloop and
/// Blaxel.
const FIELDS: [(&str, Role); 44] = [
    ("name", Role::Class),
    ("constructor.name", Role::Class),
    ("details.errorName", Role::Class),
    ("code", Role::Code),
    ("errorCode", Role::Code),
    ("error.code", Role::Code),
    ("json.code", Role::Code),
    ("json.error.code", Role::Code),
    ("response.data.code", Role::Code),
    ("response.data.error.code", Role::Code),
    ("details.errorCode", Role::Code),
    ("message", Role::Text),
    ("error", Role::Text),
    ("error.message", Role::Text),
    ("error.error", Role::Text),
    ("json.error.message", Role::Text),
    ("response.data", Role::Text),
    ("response.data.message", Role::Text),
    ("details", Role::Text),
    ("details.cause", Role::Text),
    ("status", Role::Status),
    ("statusCode", Role::Status),
    ("httpStatus", Role::Status),
    ("httpStatusCode", Role::Status),
    ("response.status", Role::Status),
    ("response.statusCode", Role::Status),
    ("details.status", Role::Status),
    ("details.httpStatus", Role::Status),
    ("details.responseStatus", Role::Status),
    ("response.url", Role::Address),
    ("config.url", Role::Address),
    ("response.config.url", Role::Address),
    ("request.url", Role::Address),
    ("request.path", Role::Address),
    ("url", Role::Address),
    ("path", Role::Place),
    ("details.operation", Role::Operation),
    ("exitCode", Role::Exit),
    ("details.exitCode", Role::Exit),
    ("stderr", Role::Complaint),
    ("details.stderr", Role::Complaint),
    ("cmd", Role::CommandLine),
    ("details.path", Role::Path),
    ("source", Role::Service),
];

/// The names of the fields, as paths.
pub const ERROR_FIELDS: [&str; FIELDS.len()] = {
    let mut names = [""; FIELDS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = FIELDS[at].0;
        at += 1;
    }
    names
};

/// A thrown value and its causes: of each the values of [`ERROR_FIELDS`], the outermost first. A value
/// that is no object has its text as `message`. `None` stands for what was not read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorChain(pub Vec<Option<Vec<Value>>>);

impl ErrorChain {
    /// Whether a part of the chain was not read.
    pub(super) fn is_cut(&self) -> bool {
        self.0.iter().any(Option::is_none)
    }

    pub(super) fn links(&self, backend: Backend) -> Vec<Link> {
        self.0.iter().flatten().map(|values| Link::read(backend, values)).collect()
    }
}

/// What one error of a chain tells.
#[derive(Debug, Default)]
pub(super) struct Link {
    backend: Backend,
    /// The words of its classes, and of its codes that are texts.
    kinds: Vec<Vec<String>>,
    codes: Vec<String>,
    statuses: Vec<u16>,
    texts: Vec<String>,
    /// The paths of the addresses that were asked.
    addresses: Vec<String>,
    /// Other paths, which can be of a file.
    paths: Vec<String>,
    /// What the client was doing.
    operations: Vec<String>,
    is_of_command: bool,
    is_of_path: bool,
    is_of_daemon: bool,
}

impl Link {
    fn read(backend: Backend, values: &[Value]) -> Self {
        let mut link = Self { backend, ..Self::default() };
        let (mut has_exit, mut complaints, mut commands) = (false, Vec::new(), Vec::new());
        for ((_, role), value) in FIELDS.iter().zip(values) {
            match (role, value) {
                (Role::Status, value) => link.statuses.extend(number(value)),
                (Role::Code, Value::Number(_)) => {
                    let code = number(value).and_then(|code| backend.status_of_code(code));
                    link.statuses.extend(code);
                }
                (Role::Exit, Value::Number(_)) => has_exit = true,
                (_, Value::Text(text)) if !text.trim().is_empty() => match role {
                    Role::Class => link.kinds.push(words::of_name(text)),
                    Role::Code => {
                        link.kinds.push(words::of_name(text));
                        link.codes.push(text.trim().to_uppercase());
                    }
                    Role::Text => {
                        let text = text::unquoted(text).to_lowercase();
                        link.statuses.extend(text::status_in(&text));
                        link.texts.push(text);
                    }
                    Role::Address => link.addresses.push(path_of(text).to_lowercase()),
                    Role::Place => link.paths.push(text.to_lowercase()),
                    Role::Operation => link.operations.push(text.to_lowercase()),
                    Role::Complaint => complaints.push(text.trim().to_lowercase()),
                    Role::CommandLine => commands.push(text.trim().to_lowercase()),
                    Role::Path => link.is_of_path = true,
                    Role::Service => link.is_of_daemon |= text == "DAYTONA_DAEMON",
                    Role::Status | Role::Exit => {}
                },
                _ => {}
            }
        }
        // The Docker client is a process on the caller's machine, and has an exit code of its own.
        let is_of_client =
            |text: &String| backend == Backend::Docker && text::is_of_docker_client(text);
        let (own, others): (Vec<_>, Vec<_>) = complaints.into_iter().partition(is_of_client);
        let is_process = !commands.is_empty();
        link.is_of_command = has_exit || !others.is_empty() || is_process && own.is_empty();
        link.texts.extend(own);
        if backend == Backend::Docker {
            let failed = link.texts.iter().filter_map(|text| docker::failed_command(text));
            commands.extend(failed.map(str::to_owned).collect::<Vec<_>>());
            // `docker exec` passes on what a command in the box prints, another Docker client among them.
            let missing = link.texts.iter().flat_map(|text| docker::missing_containers(text));
            let is_of_other = |id: &str| commands.iter().any(|line| !docker::names(line, id));
            link.is_of_command |= missing.into_iter().any(is_of_other);
        }
        link
    }

    /// Whether the way to the box has failed, by structure.
    pub(super) fn is_of_way(&self) -> bool {
        self.codes.iter().any(|code| words::is_of_network(code))
            || self.kinds.iter().any(|kind| words::is_of_way(kind))
            || self.statuses.iter().any(|status| is_transient(*status))
    }

    /// Whether a command or a file has failed.
    pub(super) fn is_of_content(&self) -> bool {
        self.is_of_command
            || self.is_of_path
            || self.is_of_daemon
            || self.codes.iter().any(|code| words::is_of_file_system(code))
            || self.kinds.iter().any(|kind| words::is_of_content(kind))
            || self.unsettled().any(text::is_of_content)
    }

    /// Whether a request was understood and refused.
    pub(super) fn is_refusal(&self) -> bool {
        let is_refused = |status: &u16| (400..500).contains(status) && !is_missing(*status);
        self.statuses.iter().any(is_refused)
            || self.kinds.iter().any(|kind| words::is_refusal(kind))
    }

    /// Whether a status says that there is nothing.
    pub(super) fn has_missing_status(&self) -> bool {
        self.statuses.iter().any(|status| is_missing(*status))
    }

    /// Whether that there is nothing can be said of the box.
    pub(super) fn can_be_of_box(&self) -> bool {
        !self.is_for_other()
            && self.operations.iter().all(|operation| words::asks_for_box(operation))
            && self.texts.iter().all(|text| text::can_be_of_box(self.backend, text))
    }

    /// Whether something else is named than the box.
    pub(super) fn names_other(&self) -> bool {
        let is_of_other = |text: &String| words::has_other(text) || text::is_of_route(text);
        self.is_for_other() || self.texts.iter().any(is_of_other)
    }

    /// Whether a status or a code says that the box has stopped, whatever was asked of it: those of Vercel,
    /// whose boxes do not come back. A snapshot has the same status.
    pub(super) fn is_of_stop(&self) -> bool {
        let has_code = self.codes.iter().any(|code| code == "SANDBOX_STOPPED");
        let is_in_box = || self.addresses.iter().all(|path| words::resource_of_box(path).is_some());
        let names_other = || {
            self.kinds.iter().any(|kind| words::is_other_missing(kind))
                || self.texts.iter().any(|text| words::has_other(text::unwrapped(text)))
        };
        let has_status = || self.statuses.contains(&410) && is_in_box() && !names_other();
        self.backend == Backend::Vercel && (has_code || has_status() && !self.mentions_snapshot())
    }

    fn mentions_snapshot(&self) -> bool {
        let said = self.texts.iter().chain(&self.operations).chain(self.kinds.iter().flatten());
        said.into_iter().any(|text| text.contains("snapshot"))
    }

    /// Whether nothing speaks against the box having stopped.
    pub(super) fn agrees_with_stop(&self) -> bool {
        let is_silent = || {
            !self.has_missing_status()
                && !self.is_refusal()
                && !self.says_there()
                && !self.speaks_of_other()
                && !self.mentions_snapshot()
        };
        self.is_of_stop() || is_silent()
    }

    /// Whether the box itself is what was asked for, or what the error speaks of.
    pub(super) fn points_at_box(&self) -> bool {
        let is_box = |path: &String| words::resource_of_box(path).is_some_and(words::is_of_life);
        let is_asked = || !self.addresses.is_empty() && self.addresses.iter().all(is_box);
        self.says_gone() || is_asked() || !self.operations.is_empty()
    }

    /// Whether a status is all that there is: no class of a client, no words of its own, no address.
    pub(super) fn is_bare(&self) -> bool {
        let is_plain = |kind: &Vec<String>| *kind == ["error"] || *kind == ["object"];
        self.says_no_more() && self.kinds.iter().all(is_plain)
    }

    /// Whether neither words nor an address say more than that there is nothing.
    fn says_no_more(&self) -> bool {
        let is_unplaced = self.addresses.is_empty() && self.paths.is_empty();
        is_unplaced && self.texts.iter().all(|text| text::is_bare(text))
    }

    /// Whether something else was asked for, by structure.
    fn is_for_other(&self) -> bool {
        let paths = self.addresses.iter().chain(&self.paths);
        let mut parts = paths.flat_map(|path| path.split('/'));
        parts.any(|part| part != "api" && words::is_other(part))
            || self.operations.iter().any(|operation| words::has_other(operation))
            || self.kinds.iter().any(|kind| words::is_other_missing(kind))
    }

    /// Whether the way to the box has failed, by words.
    pub(super) fn speaks_of_way(&self) -> bool {
        self.unsettled().any(text::is_of_way)
    }

    /// The texts that do not say from end to end that the box is gone.
    fn unsettled(&self) -> impl Iterator<Item = &str> {
        let texts = self.texts.iter().map(String::as_str);
        texts.filter(|text| !text::says_gone(self.backend, text))
    }

    /// Whether the words say that the box exists.
    pub(super) fn says_there(&self) -> bool {
        self.texts.iter().any(|text| text::says_there(self.backend, text))
    }

    /// Whether the words say that something else is missing.
    pub(super) fn speaks_of_other(&self) -> bool {
        let is_of_other = |text| text::speaks_of_missing(text) && words::has_other(text);
        self.kinds.iter().any(|kind| words::is_other_missing(kind))
            || self.unsettled().any(is_of_other)
    }

    /// Whether a class or a text says that the box is gone.
    pub(super) fn says_gone(&self) -> bool {
        self.kinds.iter().any(|kind| words::is_box_missing(kind))
            || self.texts.iter().any(|text| text::says_gone(self.backend, text))
    }

    /// Whether a class, a code or a text says that there is nothing, and no more.
    pub(super) fn says_missing(&self) -> bool {
        let is_said = self.kinds.iter().any(|kind| words::is_missing(kind))
            || self.texts.iter().any(|text| words::is_missing(&words::of_name(text)));
        // A class of a provider's client is that of whatever is missing.
        let is_of_client = |kind: &Vec<String>| words::has_provider(kind);
        is_said && self.says_no_more() && !self.kinds.iter().any(is_of_client)
    }

    /// Whether the words only presume.
    pub(super) fn is_hedged(&self) -> bool {
        self.texts.iter().any(|text| text::is_hedged(text))
    }
}

/// A whole number, or its digits.
fn number(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::Text(digits) => digits.trim().parse().ok(),
        _ => None,
    }
}

/// Whether a status is of the service or of the way to it: RFC 9110, and 425 and 429 of RFC 8470 and 6585.
fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..600)
}

fn is_missing(status: u16) -> bool {
    matches!(status, 404 | 410)
}

/// The path of an address, without its host and query.
fn path_of(address: &str) -> &str {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => address,
    };
    path.split(['?', '#']).next().unwrap_or_default()
}
