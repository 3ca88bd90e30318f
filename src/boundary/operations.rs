//! The operations, by name.

use std::rc::Rc;
use std::vec::IntoIter;

use serde::Serialize;

use super::failure::{Failure, end};
use super::host::{Answer, Call, Facts, Host};
use super::ports::{Agent, Direct};
use super::session::Session;
use super::streams::DesktopSize;
use super::values::FromValue;
use crate::channel_a::{
    self, Changed, FileContent, GitDiff, GitLog, GitShow, GitStatus, Listed, OpenedPty, Repository,
    Root, ServiceError, TerminalResult, Written, git, terminal,
};
use crate::flow::{Flow, Number, Step};
use crate::input::{self, InputError, Value};
use crate::launch::{self, Desktop, Geometry, Server, Terminal};
use crate::lifecycle::{self, Established, Lifted};
use crate::recording::{
    self, Artifact, Artifacts, Directory, Finalized, Launch, Offset, RawStart, RawUpload,
    RecordingEntry, RecordingProcess, Running, Stop, StopReport, Sweep, SweptRecording, Timing,
    Upload,
};
use crate::resolution::{self, Backend};
use crate::selfhosted::read::{self, Content};
use crate::selfhosted::retry::{Care, Policy};
#[cfg(test)]
use crate::selfhosted::session::Channel as OpenedChannel;
use crate::selfhosted::session::{self, Place, Request};
use crate::selfhosted::{connection, control, editor};
use crate::shell::{Channel, Instant, Thrown};
use crate::stream::{self, ExposedPort, Grant, Secret};

/// An operation that goes on.
pub struct Operation {
    /// The future ends with the JSON of the result or the failure.
    flow: Flow<Call, Answer, String>,
    facts: Rc<Facts>,
}

/// The next step of an operation.
pub type OperationStep = Step<Call, String>;

/// An operation with its first step.
pub struct Begun {
    /// The operation.
    pub operation: Operation,
    /// Its first step.
    pub step: OperationStep,
}

impl Operation {
    /// Runs on with the answer to a call.
    pub fn answer(&mut self, number: Number, answer: Answer) -> OperationStep {
        self.flow.answer(number, answer)
    }

    /// Cancels the operation. The host keeps the reason like a thrown value.
    pub fn cancel(&mut self, reason: Thrown) -> OperationStep {
        self.facts.reason.set(Some(reason));
        self.flow.cancel()
    }
}

/// Begins an operation over a host.
fn over<Output, Body>(body: impl FnOnce(Host) -> Body) -> Begun
where
    Output: Serialize,
    Body: Future<Output = Result<Output, Failure>> + 'static,
{
    let facts = Rc::<Facts>::default();
    let flow = Flow::new(|port| {
        let body = body(Host::new(port, Rc::clone(&facts)));
        async move { end(body.await) }
    });
    begun(flow, facts)
}

#[inline(never)]
fn begun(mut flow: Flow<Call, Answer, String>, facts: Rc<Facts>) -> Begun {
    let step = flow.start();
    Begun { operation: Operation { flow, facts }, step }
}

/// The next argument.
#[inline(never)]
fn next<T: FromValue>(args: &mut IntoIter<Value>, name: &'static str) -> Result<T, InputError> {
    T::from_value(args.next().unwrap_or(Value::Absent), name)
}

/// A request, and how it is sent.
type Sent = (Request, Option<Direct>, Care);

/// Defines [`begin`]: the name of each operation, its arguments in their order, its result, and the function
/// that carries it out. For a single request to a machine, the function makes the request.
macro_rules! operations {
    (
        $($(#[doc = $doc:literal])+ $name:literal $body:ident($($arg:ident: $type:ty),*) -> $output:ty;)*
        requests:
        $($(#[doc = $request_doc:literal])+ $request_name:literal
            ($($request_arg:ident: $request_type:ty),*) -> $request_output:ty = |$place:ident| $made:expr;)*
    ) => {
        /// Begins the operation called `name`; `None` where there is none.
        #[must_use]
        pub fn begin(name: &str, args: Vec<Value>) -> Option<Begun> {
            let mut args = args.into_iter();
            match name {
                $($name => Some(over::<$output, _>(move |host| async move {
                    $(let $arg = next::<$type>(&mut args, stringify!($arg))?;)*
                    drop(args);
                    $body(host, $($arg),*).await
                })),)*
                _ => request(name, args).map(|request| over(move |host| async move {
                    let (request, direct, care) = request?;
                    Ok::<_, Failure>(session::send(&Agent::new(host, direct, care), request).await?)
                })),
            }
        }

        /// The request called `name`; `None` where there is none.
        fn request(name: &str, mut args: IntoIter<Value>) -> Option<Result<Sent, InputError>> {
            let mut made = || {
                let place = next::<Place>(&mut args, "place");
                let direct = next::<Option<Direct>>(&mut args, "direct");
                match name {
                    $($request_name => {
                        let $place = place?;
                        let care = $place.care;
                        $(let $request_arg =
                            next::<$request_type>(&mut args, stringify!($request_arg))?;)*
                        Ok(Some(($made, direct?, care)))
                    })*
                    _ => Ok(None),
                }
            };
            made().transpose()
        }

        /// The operations in TypeScript.
        #[cfg(test)]
        pub(super) fn declarations() -> Vec<super::types::Declaration> {
            use super::types::{Declaration, Shape};
            vec![
                $(Declaration {
                    doc: concat!($($doc),+),
                    name: $name,
                    args: vec![$((stringify!($arg), <$type>::shape())),*],
                    result: <$output>::shape(),
                },)*
                $(Declaration {
                    doc: concat!($($request_doc),+),
                    name: $request_name,
                    args: vec![
                        ("place", Place::shape()),
                        ("direct", Option::<Direct>::shape()),
                        $((stringify!($request_arg), <$request_type>::shape())),*
                    ],
                    result: <$request_output>::shape(),
                },)*
            ]
        }
    };
}

operations! {
    /// Launches ffmpeg on the box. `isLimited` tells that the start may be cancelled.
    "startRecording" start_recording(
        codec: Value, dimensions: Value, framerate: Value, max_seconds: Value, display: Value,
        tmp_dir: Value, recording_id: Value, run_as: Value, is_limited: bool, verify: Value,
        crash_safe: Value, max_bytes: Value, dispose: Value
    ) -> Started;
    /// Interrupts ffmpeg, and waits for its end. The result is whether the session ran the command, or the
    /// report that was asked for.
    "stopRecording" stop_recording(
        box_path: Value, pid_file: Value, run_as: Value, crash_safe: Value, report: Value
    ) -> StopOutcome;
    /// Reads the recording. `started` and `stops` are times since the Unix epoch and of the monotonic clock, in
    /// milliseconds.
    "readRecordingBytes" read_recording_bytes(
        codec: Value, box_path: Value, started_at: Value, run_as: Value, max_bytes: Value, launched_ms: Option<f64>, max_seconds: Option<f64>, stops: Vec<Stop>,
        crash_safe: Value, limit: Value, channel: Option<Channel>, is_observed: bool
    ) -> Finalized;
    /// Hands out the recording from an offset on, piece by piece.
    "readRecordingStream" read_recording_stream(
        codec: Value, box_path: Value, run_as: Value, max_bytes: Value, offset: Value, is_observed: bool,
        channel: Option<Channel>, crash_safe: Value, limit: Value
    ) -> ();
    /// Describes the recording. The times are those of `readRecordingBytes`.
    "inspectRecordingArtifact" inspect_recording_artifact(
        codec: Value, box_path: Value, started_at: Value, run_as: Value, max_bytes: Value, launched_ms: Option<f64>,
        max_seconds: Option<f64>, stops: Vec<Stop>, crash_safe: Value, limit: Value
    ) -> Finalized;
    /// Has the box send the recording to a store. `required_headers` are pairs of a name and a value. Where it
    /// `is_observed`, the host is told how many bytes were sent.
    "uploadRecordingArtifact" upload_recording_artifact(
        codec: Value, box_path: Value, started_at: Value, run_as: Value, max_bytes: Value, launched_ms: Option<f64>, max_seconds: Option<f64>, stops: Vec<Stop>,
        crash_safe: Value, limit: Value, url: Value, required_headers: Value, upload_seconds: Value, is_observed: bool
    ) -> Finalized;
    /// Removes the recording from the box.
    "deleteRecordingArtifacts" delete_recording_artifacts(
        box_path: Value, pid_file: Value, run_as: Value, crash_safe: Value
    ) -> ();
    /// Lists the recordings in a directory of the box.
    "listRecordings" list_recordings(tmp_dir: Value, run_as: Value) -> Vec<RecordingEntry>;
    /// Removes the recordings that are orphans.
    "sweepRecordings" sweep_recordings(
        tmp_dir: Value, run_as: Value, older_than_seconds: Value, dry_run: Value
    ) -> Vec<SweptRecording>;
    /// Connects. The result is whether there is a connection within the time, in milliseconds.
    "connect" connect(timeout_ms: f64) -> bool;
    /// Closes a connection that came after all requests for it had ended, unless it is used in a time.
    "keepLate" keep_late(timeout_ms: f64) -> ();
    /// Creates a file by a diff, which the host has.
    "createFile" create_file(path: Value) -> ();
    /// Changes a file by a diff, which the host has.
    "updateFile" update_file(path: Value, move_to: Value, working_dir: String) -> ();
    /// Deletes a file.
    "deleteFile" delete_file(path: Value, working_dir: String) -> ();
    /// Resolves a pointer to a sandbox. The host keeps the session.
    "resolve" resolve(sandbox_id: String, workspace_id: String) -> Backend;
    /// Asks for the address of a port, and makes a token for it.
    "exposeStreamPort" expose_stream_port(secret: Value, grant: Grant) -> ExposedPort;
    /// Launches the desktop.
    "ensureDisplayStack" ensure_display_stack(
        geometry: Option<DesktopSize>, port: Value, timeout_ms: Value
    ) -> Launched;
    /// Ends the desktop.
    "tearDownDisplayStack" tear_down_display_stack() -> ();
    /// Launches the terminal's server.
    "ensureTerminalServer" ensure_terminal_server(port: Value, timeout_ms: Value) -> Launched;
    /// Ends the terminal's server.
    "tearDownTerminalServer" tear_down_terminal_server() -> ();
    /// Establishes the session of an envelope. `named` tells which fields of its state name the box. The host
    /// keeps the session.
    "establish" establish(
        backend: String, client_id: String, can_resume: bool, named: Vec<bool>
    ) -> Established;
    /// The fields of a session's envelope beside its provider's state, which the host keeps.
    "serialize" serialize() -> Option<Lifted>;
    /// Deletes the snapshot of a reference. The result is its id, where it was deleted.
    "deleteSnapshot" delete_snapshot(reference: String) -> Option<String>;
    /// Connects a container of Docker to a network.
    "joinNetwork" join_network(network: String, container_id: String, is_created: bool) -> ();
    /// Lists a directory.
    "fsList" fs_list(
        workspace_root: Value, path: Value, depth: Value, max_entries: Value, include_hidden: Value,
        orders_plainly: bool
    ) -> Listed;
    /// Reads a file. Without content in the result, the host has the bytes.
    "fsRead" fs_read(
        workspace_root: Value, path: Value, encoding: Value, max_bytes: Value
    ) -> FileContent;
    /// Writes a file.
    "fsWrite" fs_write(
        workspace_root: Value, path: Value, encoding: Value, content: Value, overwrite: Value,
        create_parents: Value
    ) -> Written;
    /// Deletes a file or a directory.
    "fsDelete" fs_delete(workspace_root: Value, path: Value, recursive: Value) -> Changed;
    /// Moves a file or a directory.
    "fsMove" fs_move(
        workspace_root: Value, path: Value, new_path: Value, overwrite: Value, create_parents: Value
    ) -> Changed;
    /// Makes a directory.
    "fsMkdir" fs_mkdir(workspace_root: Value, path: Value, recursive: Value) -> Changed;
    /// The state of a repository.
    "gitStatus" git_status(workspace_root: Value, path: Value) -> GitStatus;
    /// The differences of files. `pathspec` is JSON.
    "gitDiff" git_diff(
        workspace_root: Value, path: Value, staged: Value, from_ref: Value, to_ref: Value,
        pathspec: Value, context_lines: Value, max_bytes_per_file: Value
    ) -> GitDiff;
    /// Commits. `pathspec` is JSON.
    "gitLog" git_log(
        workspace_root: Value, path: Value, reference: Value, max_count: Value, skip: Value,
        pathspec: Value
    ) -> GitLog;
    /// A commit with its changes, or a file of it.
    "gitShow" git_show(
        workspace_root: Value, path: Value, reference: Value, file_path: Value, encoding: Value,
        max_bytes_per_file: Value
    ) -> GitShow;
    /// The directories of repositories.
    "detectRepos" detect_repos(workspace_root: Value) -> Vec<String>;
    /// Emits the state of a repository.
    "emitGitChanged" emit_git_changed(workspace_root: Value, path: Value, reason: String) -> ();
    /// Runs a caller's command.
    "terminalExec" terminal_exec(
        workspace_root: Value, command: Value, cwd: Value, timeout_ms: Value, emit_stream: Value,
        command_id: String
    ) -> TerminalResult;
    /// Opens a terminal.
    "ptyOpen" pty_open(workspace_root: Value, cwd: Value, shell: Value) -> OpenedPty;
    /// Writes to a terminal.
    "ptyWrite" pty_write(exec_session_id: Value, data: Value) -> String;
    /// Sets the size of a terminal.
    "ptyResize" pty_resize(exec_session_id: Value, cols: Value, rows: Value) -> ();
    /// Ends the input of a terminal.
    "ptyClose" pty_close(exec_session_id: Value) -> ();
    /// Reads a file of a machine. The bytes are in the last response, or so many with the host.
    "readFile" read_file(
        place: Place, direct: Option<Direct>, path: Value, max_bytes: Value
    ) -> Content;
    requests:
    /// Runs a command on a machine. The host keeps the result.
    "exec" (cmd: Value, workdir: Value, exec_timeout_ms: Value) -> () =
        |place| place.exec(cmd, workdir, &exec_timeout_ms)?;
    /// Writes a file of a machine. The host has the bytes, and keeps the result.
    "writeFile" (path: Value, create_parents: bool, append: bool) -> () =
        |place| place.write_file(path, create_parents, append)?;
    /// Lists a directory of a machine. The host keeps the result.
    "listFiles" (path: Value, recursive: bool) -> () = |place| place.list_files(path, recursive)?;
    /// Reads the metadata of a path of a machine. The host keeps the result.
    "statFile" (path: Value) -> () = |place| place.stat_file(path)?;
    /// Sends an event, which the host has, to a machine's desktop.
    "desktopInput" () -> () = |place| place.desktop_input();
    /// Takes a picture of a machine's desktop. The host keeps the result.
    "screenshot" () -> () = |place| place.screenshot();
    /// Whether a machine's agent answers a nonce, which the host has.
    "ping" () -> bool = |place| place.ping();
    /// Opens a channel for a port of a machine.
    "openChannel" (port: Value, spelled: Value) -> OpenedChannel =
        |place| place.open_channel(&port, input::string("port", spelled)?);
}

/// A recording that was launched, with the data that its handle has no field for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    process: RecordingProcess,
    /// The time of the start by the monotonic clock, in milliseconds.
    launched_ms: f64,
    max_seconds: f64,
}

/// What came of a stop.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum StopOutcome {
    /// Whether the session ran the command.
    Ran(bool),
    Reported(StopReport),
}

#[expect(clippy::too_many_arguments, reason = "they are the fields of the caller's input")]
async fn start_recording(
    host: Host,
    codec: Value,
    dimensions: Value,
    framerate: Value,
    max_seconds: Value,
    display: Value,
    tmp_dir: Value,
    recording_id: Value,
    run_as: Value,
    is_limited: bool,
    verify: Value,
    crash_safe: Value,
    max_bytes: Value,
    dispose: Value,
) -> Result<Started, Failure> {
    let launch = Launch::check(RawStart {
        recording_id,
        codec,
        framerate,
        max_seconds,
        dimensions,
        display,
        run_as,
        tmp_dir,
        verify,
        crash_safe,
        max_bytes,
        dispose,
    })?;
    let max_seconds = launch.max_seconds();
    let (process, now) = recording::start(&Session(host), launch, is_limited).await?;
    Ok(Started { process, launched_ms: now.steady_ms, max_seconds })
}

async fn stop_recording(
    host: Host,
    box_path: Value,
    pid_file: Value,
    run_as: Value,
    crash_safe: Value,
    report: Value,
) -> Result<StopOutcome, Failure> {
    let running = Running::check(box_path, pid_file, run_as)?.crash_safe(&crash_safe)?;
    let session = Session(host);
    Ok(if input::flag("report", &report)? {
        StopOutcome::Reported(recording::stop_and_report(&session, running).await?)
    } else {
        StopOutcome::Ran(recording::stop(&session, running).await)
    })
}

#[expect(clippy::too_many_arguments, reason = "they are what is known of one recording")]
async fn read_recording_bytes(
    host: Host,
    codec: Value,
    box_path: Value,
    started_at: Value,
    run_as: Value,
    max_bytes: Value,
    launched_ms: Option<f64>,
    max_seconds: Option<f64>,
    stops: Vec<Stop>,
    crash_safe: Value,
    limit: Value,
    channel: Option<Channel>,
    is_observed: bool,
) -> Result<Finalized, Failure> {
    let artifact = Artifact::check(&codec, box_path, run_as, &max_bytes)?;
    let artifact = artifact.started_with(&crash_safe, &limit)?;
    let timing = Timing::check(&started_at, launched_ms, &stops, max_seconds)?;
    let session = Session(host);
    Ok(recording::read_bytes(&session, artifact, timing, channel, is_observed).await?)
}

#[expect(clippy::too_many_arguments, reason = "they are the options of the caller")]
async fn read_recording_stream(
    host: Host,
    codec: Value,
    box_path: Value,
    run_as: Value,
    max_bytes: Value,
    offset: Value,
    is_observed: bool,
    channel: Option<Channel>,
    crash_safe: Value,
    limit: Value,
) -> Result<(), Failure> {
    let artifact = Artifact::check(&codec, box_path, run_as, &max_bytes)?;
    let artifact = artifact.started_with(&crash_safe, &limit)?;
    let offset = Offset::check(&offset)?;
    let session = Session(host);
    Ok(recording::read_stream(&session, artifact, offset, is_observed, channel).await?)
}

#[expect(clippy::too_many_arguments, reason = "they are what is known of one recording")]
async fn inspect_recording_artifact(
    host: Host,
    codec: Value,
    box_path: Value,
    started_at: Value,
    run_as: Value,
    max_bytes: Value,
    launched_ms: Option<f64>,
    max_seconds: Option<f64>,
    stops: Vec<Stop>,
    crash_safe: Value,
    limit: Value,
) -> Result<Finalized, Failure> {
    let artifact = Artifact::check(&codec, box_path, run_as, &max_bytes)?;
    let artifact = artifact.started_with(&crash_safe, &limit)?;
    let timing = Timing::check(&started_at, launched_ms, &stops, max_seconds)?;
    Ok(recording::inspect(&Session(host), artifact, timing).await?)
}

#[expect(clippy::too_many_arguments, reason = "they are what is known of one recording")]
async fn upload_recording_artifact(
    host: Host,
    codec: Value,
    box_path: Value,
    started_at: Value,
    run_as: Value,
    max_bytes: Value,
    launched_ms: Option<f64>,
    max_seconds: Option<f64>,
    stops: Vec<Stop>,
    crash_safe: Value,
    limit: Value,
    url: Value,
    required_headers: Value,
    upload_seconds: Value,
    is_observed: bool,
) -> Result<Finalized, Failure> {
    let artifact = Artifact::check(&codec, box_path, run_as, &max_bytes)?;
    let artifact = artifact.started_with(&crash_safe, &limit)?;
    let timing = Timing::check(&started_at, launched_ms, &stops, max_seconds)?;
    let upload = Upload::check(RawUpload { url, required_headers, max_seconds: upload_seconds })?;
    Ok(recording::upload(&Session(host), &artifact, timing, upload, is_observed).await?)
}

async fn delete_recording_artifacts(
    host: Host,
    box_path: Value,
    pid_file: Value,
    run_as: Value,
    crash_safe: Value,
) -> Result<(), Failure> {
    let artifacts = Artifacts::check(box_path, pid_file, run_as)?.crash_safe(&crash_safe)?;
    recording::delete_artifacts(&Session(host), artifacts).await;
    Ok(())
}

async fn list_recordings(
    host: Host,
    tmp_dir: Value,
    run_as: Value,
) -> Result<Vec<RecordingEntry>, Failure> {
    Ok(recording::list(&Session(host), &Directory::check(tmp_dir, run_as)?).await?)
}

async fn sweep_recordings(
    host: Host,
    tmp_dir: Value,
    run_as: Value,
    older_than_seconds: Value,
    dry_run: Value,
) -> Result<Vec<SweptRecording>, Failure> {
    let sweep = Sweep::check(tmp_dir, run_as, &older_than_seconds, &dry_run)?;
    Ok(recording::sweep(&Session(host), &sweep).await?)
}

async fn connect(host: Host, timeout_ms: f64) -> Result<bool, Failure> {
    Ok(connection::connect(&host, timeout_ms).await?)
}

async fn keep_late(host: Host, timeout_ms: f64) -> Result<(), Failure> {
    Ok(connection::keep_late(&host, timeout_ms).await?)
}

async fn create_file(host: Host, path: Value) -> Result<(), Failure> {
    Ok(editor::create_file(&host, path).await?)
}

async fn update_file(
    host: Host,
    path: Value,
    move_to: Value,
    working_dir: String,
) -> Result<(), Failure> {
    Ok(editor::update_file(&host, path, move_to, &working_dir).await?)
}

async fn delete_file(host: Host, path: Value, working_dir: String) -> Result<(), Failure> {
    Ok(editor::delete_file(&host, path, &working_dir).await?)
}

async fn resolve(host: Host, sandbox_id: String, workspace_id: String) -> Result<Backend, Failure> {
    Ok(resolution::resolve(&host, sandbox_id, workspace_id).await?)
}

async fn expose_stream_port(
    host: Host,
    secret: Value,
    grant: Grant,
) -> Result<ExposedPort, Failure> {
    let secret = Secret::check("streamTokenSecret", secret)?;
    Ok(stream::expose(&host, &secret, grant).await?)
}

/// A server that is up.
#[derive(Serialize)]
pub(super) struct Launched {
    port: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<Geometry>,
    /// The line of the launch; empty where there is none.
    marker: String,
}

async fn ensure_display_stack(
    host: Host,
    geometry: Option<DesktopSize>,
    port: Value,
    timeout_ms: Value,
) -> Result<Launched, Failure> {
    let desktop = Desktop::check(geometry.as_ref().map(|size| &size.0), port)?;
    let timeout_ms = launch::timeout(timeout_ms)?;
    let marker = launch::ensure(&host, Server::Desktop, desktop.script(), timeout_ms).await?;
    Ok(Launched { port: desktop.port, geometry: Some(desktop.geometry), marker })
}

async fn tear_down_display_stack(host: Host) -> Result<(), Failure> {
    Ok(launch::tear_down(&host, Server::Desktop).await?)
}

async fn ensure_terminal_server(
    host: Host,
    port: Value,
    timeout_ms: Value,
) -> Result<Launched, Failure> {
    let terminal = Terminal::check(port)?;
    let timeout_ms = launch::timeout(timeout_ms)?;
    let marker = launch::ensure(&host, Server::Terminal, terminal.script(), timeout_ms).await?;
    Ok(Launched { port: terminal.port, geometry: None, marker })
}

async fn tear_down_terminal_server(host: Host) -> Result<(), Failure> {
    Ok(launch::tear_down(&host, Server::Terminal).await?)
}

async fn establish(
    host: Host,
    backend: String,
    client_id: String,
    can_resume: bool,
    named: Vec<bool>,
) -> Result<Established, Failure> {
    Ok(lifecycle::establish(&host, &backend, &client_id, can_resume, &named).await?)
}

async fn serialize(host: Host) -> Result<Option<Lifted>, Failure> {
    Ok(lifecycle::serialize(&host).await)
}

async fn delete_snapshot(host: Host, reference: String) -> Result<Option<String>, Failure> {
    Ok(lifecycle::delete_snapshot(&host, &reference).await)
}

async fn join_network(
    host: Host,
    network: String,
    container_id: String,
    is_created: bool,
) -> Result<(), Failure> {
    Ok(lifecycle::join(&host, network, container_id, is_created).await?)
}

async fn fs_list(
    host: Host,
    workspace_root: Value,
    path: Value,
    depth: Value,
    max_entries: Value,
    include_hidden: Value,
    orders_plainly: bool,
) -> Result<Listed, Failure> {
    let root = Root::check(workspace_root)?;
    let bounds = (depth, max_entries);
    let list = channel_a::List::check(&root, path, bounds, include_hidden, orders_plainly)?;
    Ok(channel_a::list(&host, list).await?)
}

async fn fs_read(
    host: Host,
    workspace_root: Value,
    path: Value,
    encoding: Value,
    max_bytes: Value,
) -> Result<FileContent, Failure> {
    let root = Root::check(workspace_root)?;
    let read = channel_a::Read::check(&root, path, encoding, max_bytes)?;
    Ok(channel_a::read(&host, read).await?)
}

async fn fs_write(
    host: Host,
    workspace_root: Value,
    path: Value,
    encoding: Value,
    content: Value,
    overwrite: Value,
    create_parents: Value,
) -> Result<Written, Failure> {
    let root = Root::check(workspace_root)?;
    let options = (overwrite, create_parents);
    let write = channel_a::Write::check(&root, path, encoding, content, options)?;
    Ok(channel_a::write(&host, write).await?)
}

async fn fs_delete(
    host: Host,
    workspace_root: Value,
    path: Value,
    recursive: Value,
) -> Result<Changed, Failure> {
    let root = Root::check(workspace_root)?;
    let delete = channel_a::Delete::check(&root, path, recursive)?;
    Ok(channel_a::delete(&host, delete).await?)
}

async fn fs_move(
    host: Host,
    workspace_root: Value,
    path: Value,
    new_path: Value,
    overwrite: Value,
    create_parents: Value,
) -> Result<Changed, Failure> {
    let root = Root::check(workspace_root)?;
    let asked = channel_a::Move::check(&root, path, new_path, overwrite, create_parents)?;
    Ok(channel_a::move_to(&host, asked).await?)
}

async fn fs_mkdir(
    host: Host,
    workspace_root: Value,
    path: Value,
    recursive: Value,
) -> Result<Changed, Failure> {
    let root = Root::check(workspace_root)?;
    let mkdir = channel_a::Mkdir::check(&root, path, recursive)?;
    Ok(channel_a::mkdir(&host, mkdir).await?)
}

fn repository(workspace_root: Value, path: Value) -> Result<Repository, ServiceError> {
    Repository::check(&Root::check(workspace_root)?, path)
}

async fn git_status(host: Host, workspace_root: Value, path: Value) -> Result<GitStatus, Failure> {
    Ok(git::status(&host, repository(workspace_root, path)?).await?)
}

#[expect(clippy::too_many_arguments, reason = "they are the fields of the caller's request")]
async fn git_diff(
    host: Host,
    workspace_root: Value,
    path: Value,
    staged: Value,
    from_ref: Value,
    to_ref: Value,
    pathspec: Value,
    context_lines: Value,
    max_bytes_per_file: Value,
) -> Result<GitDiff, Failure> {
    let repository = repository(workspace_root, path)?;
    let range = (from_ref, to_ref, staged);
    let request = git::DiffRequest::check(range, &pathspec, context_lines, max_bytes_per_file)?;
    Ok(git::diff(&host, repository, request).await?)
}

async fn git_log(
    host: Host,
    workspace_root: Value,
    path: Value,
    reference: Value,
    max_count: Value,
    skip: Value,
    pathspec: Value,
) -> Result<GitLog, Failure> {
    let repository = repository(workspace_root, path)?;
    let request = git::LogRequest::check(reference, max_count, skip, &pathspec)?;
    Ok(git::log(&host, repository, request).await?)
}

async fn git_show(
    host: Host,
    workspace_root: Value,
    path: Value,
    reference: Value,
    file_path: Value,
    encoding: Value,
    max_bytes_per_file: Value,
) -> Result<GitShow, Failure> {
    let repository = repository(workspace_root, path)?;
    let request = git::ShowRequest::check(reference, file_path, encoding, max_bytes_per_file)?;
    Ok(git::show(&host, repository, request).await?)
}

async fn detect_repos(host: Host, workspace_root: Value) -> Result<Vec<String>, Failure> {
    Ok(git::repositories(&host, &Root::check(workspace_root)?).await?)
}

async fn emit_git_changed(
    host: Host,
    workspace_root: Value,
    path: Value,
    reason: String,
) -> Result<(), Failure> {
    Ok(git::tell(&host, repository(workspace_root, path)?, &reason).await?)
}

async fn terminal_exec(
    host: Host,
    workspace_root: Value,
    command: Value,
    cwd: Value,
    timeout_ms: Value,
    emit_stream: Value,
    command_id: String,
) -> Result<TerminalResult, Failure> {
    let root = Root::check(workspace_root)?;
    let asked = terminal::TerminalExec::check(&root, command, cwd, timeout_ms, &emit_stream)?;
    Ok(terminal::exec(&host, asked, &command_id).await?)
}

async fn pty_open(
    host: Host,
    workspace_root: Value,
    cwd: Value,
    shell: Value,
) -> Result<OpenedPty, Failure> {
    Ok(terminal::open(&host, &Root::check(workspace_root)?, cwd, shell).await?)
}

async fn pty_write(host: Host, exec_session_id: Value, data: Value) -> Result<String, Failure> {
    Ok(terminal::write(&host, &exec_session_id, data).await?)
}

async fn pty_resize(
    host: Host,
    exec_session_id: Value,
    cols: Value,
    rows: Value,
) -> Result<(), Failure> {
    Ok(terminal::resize(&host, &exec_session_id, &cols, &rows).await?)
}

async fn pty_close(host: Host, exec_session_id: Value) -> Result<(), Failure> {
    Ok(terminal::close(&host, &exec_session_id).await?)
}

async fn read_file(
    host: Host,
    place: Place,
    direct: Option<Direct>,
    path: Value,
    max_bytes: Value,
) -> Result<Content, Failure> {
    let care = place.care;
    let file = place.read_file(path, &max_bytes)?;
    Ok(read::read(&Agent::new(host, direct, care), &file).await?)
}

/// The time of a stop, and whether the session refused it, once that is known.
impl FromValue for Stop {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (epoch_ms, steady_ms, refused) = <(f64, f64, Option<bool>)>::from_value(value, field)?;
        Ok(Self { called_at: Instant { epoch_ms, steady_ms }, refused })
    }
}

impl FromValue for Place {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (workspace_id, agent_id, working_dir, timeout_ms, retry, is_observed) =
            <(Value, Value, String, Value, Option<Policy>, bool)>::from_value(value, field)?;
        let workspace_id = control::token("workspaceId", workspace_id)?;
        let agent_id = control::token("agentId", agent_id)?;
        let expected = "a number of milliseconds";
        let timeout_ms = input::number("timeoutMs", expected, &timeout_ms, |_| true)?;
        let care = Care { retry, is_observed };
        Ok(Self { workspace_id, agent_id, working_dir, timeout_ms, care })
    }
}

impl FromValue for Channel {
    fn from_value(value: Value, field: &'static str) -> Result<Self, InputError> {
        let (through, patience, at_once) = <(u32, u32, u32)>::from_value(value, field)?;
        Ok(Self::remembered(through.into(), patience, at_once))
    }
}
