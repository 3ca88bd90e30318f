//! The calls that an operation may ask its host for.

use super::host::Host;
use super::ports::Direct;
use super::values::IntoValue;
use crate::channel_a::{Features, NativeRead, Output, Revision};
use crate::lifecycle::{Archive, Facts, SerializedFacts, Way};
use crate::provider::ErrorChain;
use crate::resolution::Sandbox;
use crate::selfhosted::session::Response;
use crate::shell::{Channel, Held, Lane, Reply, Thrown};
use crate::stream::Endpoint;

/// Defines a method of [`Host`] for each call: its name, its arguments in their order, and the answer.
macro_rules! calls {
    ($($(#[doc = $doc:literal])+ $method:ident $name:literal ($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Host {
            $($(#[doc = $doc])+
            ///
            /// # Errors
            ///
            /// With the host's error, or the reason of the cancellation.
            pub(super) async fn $method(&self, $($arg: $type),*) -> Result<$answer, Thrown> {
                self.call($name, vec![$($arg.into_value()),*]).await
            })*
        }

        /// The calls in TypeScript.
        #[cfg(test)]
        pub(super) fn declarations() -> Vec<super::types::Declaration> {
            vec![$(super::types::Declaration {
                doc: concat!($($doc),+),
                name: $name,
                args: vec![$((stringify!($arg), <$type as super::types::Shape>::shape())),*],
                result: <$answer as super::types::Shape>::shape(),
            }),*]
        }
    };
}

calls! {
    /// Whether the session can run commands.
    can_exec "session.canExec" () -> bool;
    /// Runs a command. Answers nothing where the session cannot.
    exec "session.exec" (
        cmd: String, yield_time_ms: f64, max_output_tokens: Option<u32>, run_as: Option<String>
    ) -> Option<Reply>;
    /// Runs a command, and keeps its texts in a lane. The answer has their lengths.
    exec_held "session.execHeld" (
        cmd: String, yield_time_ms: u32, max_output_tokens: Option<u32>, run_as: Option<String>, lane: Lane
    ) -> Option<Reply<Held>>;
    /// Hands out the piece in a lane. Answered when it is taken.
    item "item" (lane: Lane) -> ();
    /// Tells the caller of the bytes that have come, out of all.
    progress "progress.tell" (received: u64, total: u64) -> ();
    /// Keeps the lengths that the session lets through, and how many commands it runs at once, for the next
    /// operation.
    remember "session.remember" (through: u64, patience: u32, at_once: u32) -> ();
    /// Sends an operation of the control protocol. It is JSON without the field `held`, which the host adds.
    rpc_request "rpc.request" (
        subject: String, op: String, timeout_ms: f64, held: Option<String>
    ) -> Response;
    /// Waits up to `timeout_ms` for a connection that is not there yet. Answers its facts, where there is one.
    /// The next request gets the failure of a dial.
    rpc_open "rpc.open" (timeout_ms: f64) -> Option<Direct>;
    /// Makes a new id for the next request. Answers it with the facts of the open connection.
    rpc_renew "rpc.renew" () -> Option<Direct>;
    /// Tells the caller what came of a request, given as JSON.
    rpc_observe "rpc.observe" (attempt: String) -> ();
    /// Begins a file of a number of bytes. The bytes of the last reading are kept.
    file_begin "file.begin" (length: u64) -> ();
    /// Copies the bytes of the last response to their place in the file.
    file_put "file.put" (offset: u64) -> ();
    /// Whether the file begins with all bytes of the last reading.
    file_agrees "file.agrees" () -> bool;
    /// Dials, or joins the dial that is under way. Answers whether there is a connection.
    connection_connect "connection.connect" () -> bool;
    /// Closes the connection that nobody has waited for, unless a request was sent over it since.
    connection_close_unused "connection.closeUnused" () -> ();
    /// Waits for a number of milliseconds, beside something else. The process may end meanwhile.
    clock_sleep "clock.sleep" (ms: f64) -> ();
    /// Waits for a number of milliseconds, and keeps the process alive.
    clock_pause "clock.pause" (ms: f64) -> ();
    /// Whether a path exists.
    files_path_exists "files.pathExists" (path: String) -> bool;
    /// Reads a file, and keeps its bytes.
    files_read "files.read" (path: String) -> ();
    /// The text of the kept bytes.
    files_decode "files.decode" () -> String;
    /// Applies the caller's diff to a text, or makes a new text from it.
    files_apply_diff "files.applyDiff" (text: Option<String>) -> String;
    /// Writes a file.
    files_write "files.write" (path: String, content: String) -> ();
    /// Runs a command: its exit code, and standard error.
    files_run "files.run" (cmd: String) -> (Option<f64>, String);
    /// Looks up the sandbox of a pointer. Answers its id and kind, whether it is enrolled, and whether the
    /// caller establishes modal sandboxes.
    sandboxes_get "sandboxes.get" () -> Option<Sandbox>;
    /// Establishes the sandbox by the caller's own function, and keeps its session.
    sandboxes_establish_modal "sandboxes.establishModal" () -> ();
    /// Makes a session with the sandbox's agent, and keeps it.
    sandboxes_machine "sandboxes.machine" () -> ();
    /// Whether the session has a method for the addresses of its ports.
    can_resolve_exposed_port "session.canResolveExposedPort" () -> bool;
    /// Asks the session for the address of a port, and keeps the answer. Without a port, it is the caller's own
    /// value.
    resolve_exposed_port "session.resolveExposedPort" (port: Option<f64>) -> ();
    /// Reads the kept endpoint.
    endpoint_read "endpoint.read" () -> Option<Endpoint>;
    /// Makes a state from the envelope, and keeps it. Answers whether there is one, or the text of the error.
    boxes_deserialize "boxes.deserialize" () -> (bool, Option<String>);
    /// The facts of the kept state about its box.
    boxes_state "boxes.state" () -> Facts;
    /// Whether the folder of the kept state exists on this machine.
    boxes_folder_exists "boxes.folderExists" () -> bool;
    /// Resumes the box of the kept state, and keeps its session. The client does not see the snapshot where the
    /// argument is true. Answers the error of the client, if any.
    boxes_resume "boxes.resume" (hides_snapshot: bool) -> Option<ErrorChain>;
    /// Throws the error of `resume`.
    boxes_rethrow "boxes.rethrow" () -> ();
    /// Decodes the archive of the envelope, and keeps it. Answers whether there is one, and whether it is
    /// complete.
    boxes_archive "boxes.archive" () -> Archive;
    /// Creates a box, and keeps its session.
    boxes_create "boxes.create" () -> ();
    /// Restores the archive in the box. Answers whether its session can.
    boxes_hydrate "boxes.hydrate" () -> bool;
    /// The facts of the session's state about its box.
    boxes_session "boxes.session" () -> Facts;
    /// The ways in which the box can be removed: the client's `delete`, and the session's `terminate`, `delete`
    /// and `close`.
    boxes_removal "boxes.removal" () -> (bool, bool, bool, bool);
    /// Removes the box.
    boxes_remove "boxes.remove" (way: Way) -> ();
    /// Serializes the state of a session, and keeps the result, if there is one. Answers whether it has a
    /// manifest, a list of the ports that were asked for, and a field for the ports.
    boxes_serialize "boxes.serialize" () -> Option<SerializedFacts>;
    /// Runs a command on this machine: its exit code, and standard error.
    docker_run "docker.run" (argv: Vec<String>) -> (Option<f64>, String);
    /// Deletes an image by its id. Answers whether the session can.
    images_delete "images.delete" (id: String) -> bool;
    /// The methods of a service's session: whether it has `exec`, `execCommand`, `readFile`, `createEditor` and
    /// `writeStdin`, and the result of its `supportsPty`.
    workspace_features "workspace.features" () -> Features;
    /// Runs a command in the session's own directory (`session`), in a directory, or in a terminal in a
    /// directory. Answers nothing where the session cannot.
    workspace_exec "workspace.exec" (
        cmd: String, place: &'static str, directory: Option<String>, yield_time_ms: Option<f64>
    ) -> Option<Output>;
    /// Writes to a command that goes on. Answers its output since the last answer, or nothing where the session
    /// cannot.
    workspace_write_stdin "workspace.writeStdin" (
        session_id: f64, chars: String, yield_time_ms: u32
    ) -> Option<String>;
    /// Reads a file by the session's `readFile`, and keeps its bytes. Answers nothing where it has none.
    workspace_read_file "workspace.readFile" (path: String, max_bytes: f64) -> Option<NativeRead>;
    /// Creates a file by the session's editor. Answers whether it did.
    workspace_create_file "workspace.createFile" (path: String, diff: String) -> bool;
    /// Emits events, which are JSON, to the caller.
    workspace_emit "workspace.emit" (events: String) -> ();
    /// The revision of the service, increased first where the argument is true, and the epoch of the caller's
    /// lease.
    workspace_revision "workspace.revision" (is_changed: bool) -> Revision;
    /// The lengths that the session is known to let through.
    workspace_channel "workspace.channel" () -> Option<Channel>;
}
