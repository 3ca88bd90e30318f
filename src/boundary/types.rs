//! The types of the boundary in TypeScript. `boundary.d.ts` is generated from the tables of this module, so both
//! sides are checked against the same names, arguments and answers.

use std::fmt::Write;

use super::operations::{Launched, Started, StopOutcome};
use super::ports::Direct;
use super::questions::{Constants, ExecHeader, Stopped};
use super::routing::{Fenced, Found, Landed, ThrownFields};
use super::streams::DesktopSize;
use super::{calls, operations, questions, routing};
use crate::capabilities::{DescriptorTable, SandboxBackend};
use crate::channel_a::{
    Capabilities, Changed, Features, FileContent, GitDiff, GitLog, GitShow, GitStatus, Listed,
    NativeRead, OpenedPty, Output, Revision, TerminalResult, Written,
};
use crate::input::Value;
use crate::lifecycle::{
    Archive, Established, Facts, Lifted, RelayAddress, RelayUrl, SerializedFacts, Way,
};
use crate::provider::{ErrorChain, SandboxFailure};
use crate::recording::{Finalized, RecordingEntry, Stop, SweptRecording};
use crate::resolution::{Backend, Following, Run, Sandbox, Verdict};
use crate::selfhosted::control::{AgentError, ControlError};
use crate::selfhosted::read::Content;
use crate::selfhosted::session::{Channel as OpenedChannel, Place, Response};
use crate::selfhosted::transport::{Failure as TransportFailure, Link};
use crate::shell::{Channel, Held, Reply};
use crate::stream::{Claims, Endpoint, ExposedPort, GivenClaims, Grant};

/// One row of a table.
pub(super) struct Declaration {
    pub(super) doc: &'static str,
    pub(super) name: &'static str,
    pub(super) args: Vec<(&'static str, String)>,
    pub(super) result: String,
}

/// The TypeScript of a type.
pub(super) trait Shape {
    fn shape() -> String;
}

macro_rules! shapes {
    ($($type:ty => $shape:literal),* $(,)?) => {
        $(impl Shape for $type {
            fn shape() -> String {
                $shape.to_owned()
            }
        })*
    };
}

shapes! {
    () => "void",
    Value => "unknown",
    String => "string",
    &'static str => "string",
    bool => "boolean",
    f64 => "number",
    u32 => "number",
    usize => "number",
    [usize; 2] => "[number, number]",
    u64 => "number",
    Channel => "[through: number, patience: number, atOnce: number]",
    StopOutcome => "boolean | StopReport",
    Finalized => "Omit<FinalizeRecordingResult, \"bytes\">",
    RecordingEntry => "RecordingEntry",
    SweptRecording => "SweptRecording",
    Reply => "[output?: string, stderr?: string, stdout?: string, sessionId?: number, exitCode?: number]",
    Reply<Held> => "[output?: number | [length: number, tail: string], stderr?: string, stdout?: number | [length: number, tail: string], sessionId?: number, exitCode?: number]",
    Started => "{ process: RecordingProcess; launchedMs: number; maxSeconds: number }",
    (Option<f64>, String) => "[exitCode: number | null | undefined, stderr: string]",
    AgentError => "{ code: number; message: string; retryable: boolean }",
    ControlError => "ControlErrorFields",
    Link => "[name: string | undefined, code: string | undefined, message: string]",
    TransportFailure => "{ error: { code: number; message: string; retryable: boolean }; fault: string; delivery: string; disconnect: boolean }",
    Direct => "[requestId: string, epoch: number, maxPayload: number | null | undefined]",
    DescriptorTable => "Record<SandboxBackend, CapabilityDescriptor>",
    Constants => "{ DESKTOP_STREAM_PORT: number; TERMINAL_STREAM_PORT: number; DEFAULT_MAX_BYTES: number; STREAM_TOKEN_DEFAULT_TTL_SECONDS: number; DEFAULT_DESKTOP_GEOMETRY: DesktopGeometry; DISPLAY_STACK_TIMEOUT_MS: number; TERMINAL_SERVER_TIMEOUT_MS: number; SELFHOSTED_RECONNECT_WINDOW_MS: number; SELFHOSTED_DEFAULT_TIMEOUT_MS: number; SELFHOSTED_RELAY_STREAM_PATH: string; RELAY_PORTS: [number, number]; VIRTUAL_ROOT: string; MUTATIONS: string[]; RUNNING: string; BOX_IDS: string[]; ERROR_FIELDS: string[]; LONGEST_CHAIN: number; ENTRY_TYPES: (\"file\" | \"dir\" | \"other\")[] }",
    Claims => "StreamTokenPayload",
    GivenClaims => "GivenClaim[] | GivenClaim",
    Grant => "GivenClaim[]",
    Endpoint => "[host: string | [string], port: number | [string], tls: boolean, path?: string | undefined, query?: unknown]",
    ExposedPort => "{ url: string; token: string; expiresAtSeconds: number; transport: \"vnc-ws\"; client: \"novnc\"; resolution: [number, number] }",
    DesktopSize => "[width: unknown, height: unknown, dpi: unknown]",
    Launched => "{ port: number; geometry?: DesktopGeometry; marker: string }",
    Stopped => "{ stage: string; message: string }",
    ExecHeader => "{ length: number; wallTimeSeconds: number; exitCode?: number; sessionId?: number }",
    Backend => "{ sandboxId: string; kind: string }",
    Run => "[op: string, route: number, epoch: number, sandbox: number, fences: number, isPinned: boolean]",
    ThrownFields => "[fenced: boolean, name: string | undefined, message: string | undefined, code: number | undefined]",
    Following => "\"active\" | \"same\" | \"nowhere\"",
    Found => "{ id: number; route: number; isFenced: boolean }",
    Landed => "{ route: number; transition: Transition }",
    Fenced => "{ transition: Transition } & Verdict",
    Verdict => "Verdict",
    OpenedChannel => "{ channel: string; protocol: \"vnc\" | \"pty\" | \"raw\" }",
    Content => "number | null",
    Place => "[workspaceId: unknown, agentId: unknown, workingDir: string, timeoutMs: unknown, retry: number[] | undefined, isObserved: boolean]",
    Response => "[code?: number, message?: string, retryable?: boolean, resultCase?: string, timedOut?: boolean, channelId?: string, channelKind?: number, length?: number, total?: string, modified?: string, delivery?: string]",
    Sandbox => "[id: string, kind: string, isEnrolled: boolean, establishesModal: boolean]",
    Established => "{ stateOf: \"envelope\" | \"session\"; instanceId: string }",
    Lifted => "{ manifest: boolean; exposedPorts: \"configuredExposedPorts\" | \"exposedPorts\" | null }",
    Archive => "[isThere: boolean, isWhole: boolean]",
    Facts => "[hasState: boolean, isComplete: boolean, ids: unknown[]]",
    ErrorChain => "(unknown[] | null)[]",
    SandboxFailure => "ProviderSandboxFailure",
    SerializedFacts => "[hasManifest: boolean, hasConfiguredPorts: boolean, hasPorts: boolean]",
    Way => "\"clientDelete\" | \"terminate\" | \"delete\" | \"close\"",
    RelayUrl => "[protocol: string, hostname: string, port: string, pathname: string]",
    RelayAddress => "{ host: string; port: number; tls: boolean; path: string }",
    (bool, Option<String>) => "[hasState: boolean, thrown?: string | null]",
    (bool, bool, bool, bool) => "[boolean, boolean, boolean, boolean]",
    [SandboxBackend; 11] => "SandboxBackend[]",
    Capabilities => "{ FileSystem: { available: boolean; readOnly: boolean }; Terminal: { events: boolean; exec: boolean; pty: { available: boolean } }; Git: { available: boolean } }",
    Changed => "{ path?: string; newPath?: string; revision: number }",
    Features => "boolean[]",
    FileContent => "Omit<ChannelAFsReadResponse, \"content\"> & { content: string | null }",
    GitDiff => "ChannelAGitDiffResponse",
    GitLog => "ChannelAGitLogResponse",
    GitShow => "ChannelAGitShowResponse",
    GitStatus => "ChannelAGitStatusResponse",
    Listed => "{ text: string; root: string; outline: string; revision: number }",
    NativeRead => "string | [length: number, zeroAt?: number]",
    OpenedPty => "{ supportsInput: boolean; execSessionId: number | null; shell: string; initialOutput: string }",
    Output => "string | [wallTimeSeconds?: number, output?: string, stderr?: string, stdout?: string, sessionId?: number, exitCode?: number]",
    Revision => "[revision: number, leaseEpoch: number]",
    TerminalResult => "ChannelATerminalExecResponse",
    Written => "ChannelAFsWriteResponse",
    Stop => "[epochMs: number, steadyMs: number, refused?: boolean]",
}

impl<T: Shape> Shape for Option<T> {
    fn shape() -> String {
        format!("{} | null | undefined", T::shape())
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn shape() -> String {
        format!("({})[]", T::shape())
    }
}

/// The name of an argument in JavaScript.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn table(name: &str, doc: &str, rows: Vec<Declaration>) -> String {
    let mut text = format!("/** {doc} */\nexport interface {name} {{\n");
    for Declaration { doc, name, args, result } in rows {
        let args: Vec<_> =
            args.iter().map(|(arg, shape)| format!("{}: {shape}", camel(arg))).collect();
        let _ = write!(
            text,
            "  /** {} */\n  \"{name}\": {{ args: [{}]; result: {result} }};\n",
            doc.trim(),
            args.join(", ")
        );
    }
    text + "}\n"
}

fn declarations() -> String {
    let tables = [
        table(
            "Operations",
            "The operations: what they take, and what they come to.",
            operations::declarations(),
        ),
        table(
            "Calls",
            "What an operation asks its host for, and what it is answered with.",
            calls::declarations(),
        ),
        table("Questions", "What the core answers by itself.", questions::declarations()),
        table("RouterQuestions", "What a router answers by itself.", routing::declarations()),
    ];
    format!(
        "/* Written from the tables of src/boundary/ by `npm run boundary`. */\n\
         import type {{ CapabilityDescriptor, DesktopGeometry, FinalizeRecordingResult, ProviderSandboxFailure, RecordingEntry, RecordingProcess, SandboxBackend, StopReport, StreamTokenPayload, SweptRecording }} from \"./index.js\";\n\
         import type {{ ChannelAFsReadResponse, ChannelAFsWriteResponse, ChannelAGitDiffResponse, ChannelAGitLogResponse, ChannelAGitShowResponse, ChannelAGitStatusResponse, ChannelATerminalExecResponse }} from \"./types/channel-a.js\";\n\
         import type {{ Transition, Verdict }} from \"./js/resolution/routing.js\";\n\
         import type {{ ControlErrorFields }} from \"./js/errors.js\";\n\
         import type {{ GivenClaim }} from \"./js/stream/claims.js\";\n\n{}",
        tables.join("\n")
    )
}

#[test]
fn the_declarations_are_those_of_the_tables() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/boundary.d.ts");
    if std::env::var_os("BOUNDARY").is_some() {
        std::fs::write(file, declarations()).expect("the file can be written");
    }
    // The formatter may change white space and commas, so they are not compared.
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric() || "[]?:{}".contains(*c)).collect()
    };
    let written = std::fs::read_to_string(file).expect("boundary.d.ts is there");
    assert_eq!(plain(&written), plain(&declarations()), "run `npm run boundary`");
}
