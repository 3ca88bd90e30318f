//! Questions that the core answers without a call, by name.

use serde::Serialize;

use super::failure::{Failure, end};
use super::ports::delivery;
use super::streams::DesktopSize;
use super::values::FromValue;
use crate::capabilities::{DescriptorTable, SandboxBackend, TERMINAL_STREAM_PORT};
use crate::channel_a::{self, Capabilities, Features, banner, numstat, patch, status};
use crate::input::{self, Value};
use crate::launch::{self, Desktop, Geometry, LaunchError, Server, Terminal};
use crate::lifecycle::{self, ArchiveText, ConfigProblem, EnvelopeError, RelayAddress, RelayUrl};
use crate::provider::{self, ERROR_FIELDS, ErrorChain, LONGEST_CHAIN, SandboxFailure};
use crate::recording::{self, Codec};
use crate::resolution::{self, NoBackendYet, RoutedToItself, Unresolvable, UnresolvableCode};
use crate::selfhosted::control::{self, AgentError, ControlError};
use crate::selfhosted::transport::{self, Failure as TransportFailure, Link};
use crate::selfhosted::{RECONNECT_WINDOW_MS, exec, listing, path, relay};
use crate::shell::{Header, Told};
use crate::stream::{self, Claims, Endpoint, GivenClaims, Grant, Secret};

/// Defines [`ask`]: the name of each question, its arguments in their order, and the answer.
macro_rules! questions {
    ($($(#[doc = $doc:literal])+ $name:literal ($($arg:ident: $type:ty),*) -> $output:ty $body:block)*) => {
        /// The JSON of the answer to the question called `name`, or of its failure; `None` where there is no
        /// such question.
        #[must_use]
        pub fn ask(name: &str, args: Vec<Value>) -> Option<String> {
            let mut args = args.into_iter();
            match name {
                $($name => {
                    $(let $arg = <$type>::from_value(args.next().unwrap_or(Value::Absent), stringify!($arg));)*
                    Some(answered::<$output>(move || { $(let $arg = $arg?;)* Ok($body) }))
                })*
                _ => None,
            }
        }

        /// The questions in TypeScript.
        #[cfg(test)]
        pub(super) fn declarations() -> Vec<super::types::Declaration> {
            vec![$(super::types::Declaration {
                doc: concat!($($doc),+),
                name: $name,
                args: vec![$((stringify!($arg), <$type as super::types::Shape>::shape())),*],
                result: <$output as super::types::Shape>::shape(),
            }),*]
        }
    };
}

fn answered<T: Serialize>(answer: impl FnOnce() -> Result<T, Failure>) -> String {
    end(answer())
}

questions! {
    /// The media type of a codec's container.
    "contentTypeForCodec" (codec: Value) -> &'static str { Codec::from_value(&codec)?.content_type() }
    /// The file name extension of a codec's container.
    "extForCodec" (codec: Value) -> &'static str { Codec::from_value(&codec)?.extension() }
    /// The key of a recording in object storage.
    "recordingStorageKey" (workspace: Value, session: Value, recording: Value, codec: Value) -> String {
        recording::storage_key(workspace, session, recording, &codec)?
    }
    /// Fails where a call's limits are invalid. A valid signal is not passed.
    "checkLimits" (signal: Value, timeout_ms: Value) -> () {
        input::limits(&signal, &timeout_ms)?;
    }
    /// Whether a desktop is used through the session's own methods.
    "hasNativeDesktop" (has_input: bool, has_screenshot: bool) -> bool {
        resolution::has_native_desktop(has_input, has_screenshot)
    }
    /// Fails where an epoch is invalid.
    "checkEpoch" (active_epoch: Value) -> () { resolution::check_epoch(&active_epoch)?; }
    /// Fails where the session of a resolved backend is no object.
    "checkSession" (session: Value) -> () { resolution::check_session(&session)?; }
    /// The subject of an agent.
    "subjectFor" (workspace_id: Value, agent_id: Value) -> String {
        let workspace_id = control::token("workspaceId", workspace_id)?;
        control::subject(&workspace_id, &control::token("agentId", agent_id)?)
    }
    /// Fails where no request can be addressed to a subject.
    "checkSubject" (subject: Value) -> () { control::check_subject(subject)?; }
    /// The meaning of an error of an agent, or in its name.
    "controlError" (
        code: f64, message: String, retryable: bool, delivered: Option<String>
    ) -> ControlError {
        ControlError::new(code, &message, retryable, delivery(delivered.as_deref()))
    }
    /// The error where no agent listens to the subject.
    "offlineAgentError" () -> AgentError { AgentError::offline() }
    /// The error where the agent does not answer in time.
    "timeoutAgentError" () -> AgentError { AgentError::timeout() }
    /// The meaning of a transport's error and its causes.
    "transportFailure" (thrown: Vec<Link>, is_closed: bool) -> TransportFailure {
        transport::failure(&thrown, is_closed)
    }
    /// The same of what dialling threw.
    "dialFailure" (thrown: Vec<Link>) -> TransportFailure { transport::dial_failure(&thrown) }
    /// The same of a connection that is closed before it is used.
    "closedFailure" () -> TransportFailure { TransportFailure::closed() }
    /// The working directory of a session, once its ids are checked.
    "workingDir" (workspace_id: Value, agent_id: Value, working_dir: Value) -> String {
        control::token("workspaceId", workspace_id)?;
        control::token("agentId", agent_id)?;
        path::working_dir(working_dir)?
    }
    /// What an error of a provider's client is of.
    "providerFailure" (backend_id: String, chain: ErrorChain) -> SandboxFailure {
        provider::classify(&backend_id, &chain)
    }
    /// The table of backends.
    "capabilityDescriptors" () -> DescriptorTable { DescriptorTable }
    /// The length of the banner before an output, with the line that ends it; none without such a line. The text
    /// can be the beginning of the output.
    "bannerLength" (raw: String, is_all: bool) -> Option<usize> { banner::length(&raw, is_all) }
    /// The outline of the session's number in a banner, empty where there is none; none where the whole output
    /// is needed.
    "bannerSessionId" (raw: String, is_all: bool) -> Option<String> {
        banner::session_id_outline(&raw, is_all)
    }
    /// What the banner that a command's text begins with tells, and how long it is. The beginning of the text
    /// is enough.
    "execHeader" (head: String) -> ExecHeader { ExecHeader::of(&head) }
    /// Whether an error says that a path leads out of the workspace.
    "isWorkspaceEscape" (message: String) -> bool { banner::is_workspace_escape(&message) }
    /// Whether the answer to an input says that the session of the command is gone.
    "isExecSessionLost" (out: Option<String>, exec_session_id: Value) -> bool {
        let out = out.unwrap_or_default();
        !out.is_empty() && {
            let id = input::number("execSessionId", "a number", &exec_session_id, |_| true)?;
            banner::is_session_lost(&out, id)
        }
    }
    /// The beginning and the length of the safe part of a path.
    "safeRelPath" (path: Option<String>) -> [usize; 2] {
        channel_a::path::safe_part(&path.unwrap_or_default())?
    }
    /// The outline of a piece of `git status --porcelain=v2 --branch -z`.
    "porcelainV2" (z: String, is_last: bool) -> String { status::outline(&z, is_last) }
    /// The outline of a piece of `git diff -z --numstat`.
    "numstatZ" (z: String, is_last: bool) -> String { numstat::outline(&z, is_last) }
    /// The outline of a piece of a file's `git diff`.
    "unifiedPatch" (patch: String, is_last: bool) -> String { patch::outline(&patch, is_last) }
    /// The outline of the tree in the output of `find`.
    "listing" (text: String, root: String, max_entries: f64, orders_plainly: bool) -> String {
        channel_a::listing::outline(&text, &root, max_entries, orders_plainly)
    }
    /// Fails where an option of a service is invalid.
    "checkServiceOptions" (workspace_root: Value, lease_epoch: Value, revision: Value) -> () {
        channel_a::check_options(workspace_root, &lease_epoch, &revision)?;
    }
    /// The capabilities of a service, by the methods of its session.
    "structuredCapabilities" (features: Features) -> Capabilities { features.capabilities() }
    /// The constants.
    "constants" () -> Constants { Constants::default() }
    /// The address of a `WebSocket` at an endpoint.
    "streamUrl" (endpoint: Option<Endpoint>) -> String { Endpoint::given(endpoint)?.url()? }
    /// A token for a stream. `clock_ms` is the time, in milliseconds since the Unix epoch.
    "mintStreamToken" (secret: Value, grant: Grant, clock_ms: f64) -> String {
        stream::mint(&Secret::check("secret", secret)?, grant, clock_ms)?
    }
    /// The claims of a token; nothing where it is not valid.
    "verifyStreamToken" (secret: Value, token: String, now_seconds: Value, clock_ms: f64) -> Option<Claims> {
        let secret = Secret::check("secret", secret)?;
        stream::verify(&secret, &token, stream::now_of(&now_seconds, clock_ms)?)?
    }
    /// The claims of a token. Fails with all their faults.
    "checkStreamToken" (claims: GivenClaims) -> Claims { Claims::check(claims)? }
    /// The command that launches the desktop.
    "displayStackScript" (geometry: Option<DesktopSize>, port: Value) -> String {
        Desktop::check(geometry.as_ref().map(|size| &size.0), port)?.script()
    }
    /// The command that launches a terminal.
    "terminalServerScript" (port: Value) -> String { Terminal::check(port)?.script() }
    /// The message and the stage of a desktop's failed launch.
    "displayStackFailure" (exit_code: f64, output: Option<String>) -> Stopped {
        Stopped::of(Server::Desktop, exit_code, output)
    }
    /// The message and the stage of a terminal's failed launch.
    "terminalServerFailure" (exit_code: f64, output: Option<String>) -> Stopped {
        Stopped::of(Server::Terminal, exit_code, output)
    }
    /// The backends, in order.
    "backends" () -> [SandboxBackend; 11] { SandboxBackend::ALL }
    /// The backend of an envelope.
    "backendOf" (asked: Value, stored: Value, configured: Value) -> String {
        lifecycle::backend_of(asked, stored, configured)?
    }
    /// Fails. The backend of an envelope has no client.
    "refuseNoClient" (backend: String) -> () {
        Err(ConfigProblem::NoClient(backend.clone()).of(&backend))?;
    }
    /// Fails. The client has no `create`.
    "refuseNoCreate" (backend: String) -> () {
        Err(ConfigProblem::NoCreate(backend.clone()).of(&backend))?;
    }
    /// Fails. The client has no `deserializeSessionState`.
    "refuseNoDeserialization" () -> () { Err(EnvelopeError::CannotDeserialize)? }
    /// Whether a text is base64 from end to end, by its lengths and its decoded length.
    "isWholeArchive" (length: f64, padding: f64, decoded: f64) -> bool {
        ArchiveText { length, padding, decoded }.is_whole()
    }
    /// Whether an archive is a reference to a snapshot, by its beginning.
    "isSnapshotReference" (head: String) -> bool { lifecycle::is_snapshot_reference(&head) }
    /// The id in a reference to a snapshot.
    "modalSnapshotId" (reference: String) -> Option<String> {
        lifecycle::modal_snapshot_id(&reference)
    }
    /// The setting of a relay as a URL.
    "relayUrl" (setting: Value) -> String { lifecycle::relay_url(setting)? }
    /// The address of a relay, from the parts of its URL, or from a text that is none.
    "relayAddress" (text: String, url: Option<RelayUrl>) -> RelayAddress {
        lifecycle::relay_address(&text, url)
    }
    /// Fails. The resolver has returned the routing session itself.
    "refuseItself" () -> () { Err(RoutedToItself)? }
    /// Fails. The routing session has no backend yet, and so no manifest.
    "refuseNoBackend" () -> () { Err(NoBackendYet)? }
    /// Fails. The turn has no sandbox of its own.
    "refuseHome" () -> () { Err(Unresolvable::HomeUnavailable)? }
    /// Whether a value is the code of an error about a pointer without a backend.
    "isUnresolvableCode" (value: Value) -> bool {
        matches!(value, Value::Text(text) if UnresolvableCode::is_name(&text))
    }
}

/// The banner of a command's text. Without a banner, the length is 0 and the other fields are absent.
#[derive(Serialize)]
pub(super) struct ExecHeader {
    /// The length in UTF-16 units.
    length: usize,
    #[serde(flatten)]
    told: Told,
}

impl ExecHeader {
    fn of(head: &str) -> Self {
        let header = Header::read(head);
        let length = header.map_or(0, |header| head[..header.length].encode_utf16().count());
        Self { length, told: header.map(|header| header.told).unwrap_or_default() }
    }
}

/// A launch that failed.
#[derive(Serialize)]
pub(super) struct Stopped {
    stage: &'static str,
    message: String,
}

impl Stopped {
    fn of(server: Server, exit_code: f64, output: Option<String>) -> Self {
        let output = output.unwrap_or_default();
        let message = LaunchError::Failed { server, exit_code, output }.to_string();
        Self { stage: server.stage(exit_code), message }
    }
}

/// Numbers and texts of the core for JavaScript.
#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) struct Constants {
    /// The port of the desktop's stream on the box.
    desktop_stream_port: u16,
    /// The port of the terminal's stream on the box.
    terminal_stream_port: u16,
    /// The default validity of a stream token, in seconds.
    stream_token_default_ttl_seconds: u32,
    /// The default size of the desktop.
    default_desktop_geometry: Geometry,
    /// The default timeout of a desktop's launch, in milliseconds.
    display_stack_timeout_ms: u32,
    /// The default timeout of a terminal's launch, in milliseconds.
    terminal_server_timeout_ms: u32,
    /// The default of the largest recording to read, in bytes.
    default_max_bytes: u32,
    /// The time in which a silent agent counts as reconnecting, in milliseconds.
    selfhosted_reconnect_window_ms: u32,
    /// The time for an agent's answer, in milliseconds.
    selfhosted_default_timeout_ms: u32,
    /// The default path of streams at a relay.
    selfhosted_relay_stream_path: &'static str,
    /// The default ports of a relay, without and with TLS.
    relay_ports: [u16; 2],
    /// The working directory in callers' paths.
    virtual_root: &'static str,
    /// The operations that change a box.
    mutations: [&'static str; 9],
    /// The words before the number of a process that goes on, in the banner before a command's output.
    running: &'static str,
    /// The fields of a state that can have the id of its box.
    box_ids: [&'static str; 8],
    /// The fields of an error that are read, as paths.
    error_fields: Vec<&'static str>,
    /// The greatest number of errors of a chain that are read.
    longest_chain: u32,
    /// The types of a directory's entries, by the kind that the wire gives them.
    entry_types: [&'static str; 3],
    /// The changes of files of a repository, by their numbers in outlines.
    file_statuses: [status::Code; 9],
    /// The types of a hunk's lines, by their numbers in outlines.
    line_types: [patch::LineKind; 3],
    /// The types of a listing's entries, by their numbers in outlines.
    node_types: [channel_a::listing::NodeKind; 4],
}

impl Default for Constants {
    fn default() -> Self {
        Self {
            desktop_stream_port: recording::DESKTOP_STREAM_PORT,
            terminal_stream_port: TERMINAL_STREAM_PORT,
            stream_token_default_ttl_seconds: stream::DEFAULT_TTL_SECONDS,
            default_desktop_geometry: Geometry::default(),
            display_stack_timeout_ms: launch::TIMEOUT_MS,
            terminal_server_timeout_ms: launch::TIMEOUT_MS,
            default_max_bytes: recording::DEFAULT_MAX_BYTES,
            selfhosted_reconnect_window_ms: RECONNECT_WINDOW_MS,
            selfhosted_default_timeout_ms: exec::DEFAULT_TIMEOUT_MS,
            selfhosted_relay_stream_path: relay::STREAM_PATH,
            relay_ports: [false, true].map(relay::default_port),
            virtual_root: path::ROOT,
            mutations: resolution::MUTATIONS,
            running: banner::RUNNING,
            box_ids: lifecycle::BOX_IDS,
            error_fields: ERROR_FIELDS.to_vec(),
            longest_chain: LONGEST_CHAIN,
            file_statuses: status::Code::ALL,
            line_types: patch::LineKind::ALL,
            node_types: channel_a::listing::NodeKind::ALL,
            entry_types: [0.0, 1.0, 2.0].map(listing::entry_type),
        }
    }
}
