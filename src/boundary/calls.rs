//! The calls that an operation may ask its host for.

use super::host::Host;
use super::ports::Direct;
use super::values::IntoValue;
use crate::channel_a::{Features, NativeRead, Output, Revision};
use crate::lifecycle::{Archive, Facts, SerializedFacts, Way};
use crate::provider::ErrorChain;
use crate::resolution::Sandbox;
use crate::selfhosted::session::Response;
use crate::shell::{Channel, Held, Reply, Thrown};
use crate::stream::Endpoint;

/// Defines a method of [`Host`] for each call: its name, its arguments in their order, and the answer.
macro_rules! calls {
    ($($(#[doc = $doc:literal])+ $method:ident $name:literal ($($arg:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl Host {
            $($(#[doc = $doc])+
            ///
            /// # Errors
            ///
            /// With what the host threw, or the reason for which the operation is cancelled.
            pub(super) async fn $method(&self, $($arg: $type),*) -> Result<$answer, Thrown> {
                self.call($name, vec![$($arg.into_value()),*]).await
            })*
        }

        /// The calls as TypeScript has them.
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
    /// Runs a command; nothing where the session cannot.
    exec "session.exec" (
        cmd: String, yield_time_ms: f64, max_output_tokens: Option<u32>, run_as: Option<String>
    ) -> Option<Reply>;
    /// Runs a command and keeps its texts, of which only the lengths are told.
    exec_held "session.execHeld" (
        cmd: String, yield_time_ms: u32, max_output_tokens: Option<u32>, run_as: Option<String>
    ) -> Option<Reply<Held>>;
    /// Keeps what is known of the session's channel for the next operation.
    remember "session.remember" (through: u64, patience: u32) -> ();
    /// Sends an operation of the control protocol, given as JSON without the field `held`, which is the
    /// caller's own.
    rpc_request "rpc.request" (
        subject: String, op: String, timeout_ms: f64, held: Option<String>
    ) -> Response;
    /// Gives the next request an id of its own, and the connection that is there then.
    rpc_renew "rpc.renew" () -> Option<Direct>;
    /// Begins to put a file of this length together, and keeps the bytes of the reading before.
    file_begin "file.begin" (length: u64) -> ();
    /// Puts the bytes of the last response in their place.
    file_put "file.put" (offset: u64) -> ();
    /// Whether the file begins with all bytes of the reading before.
    file_agrees "file.agrees" () -> bool;
    /// Gives up the connection that a request has failed on.
    connection_drop "connection.drop" () -> ();
    /// Whether there is a connection, once the dial has ended that is under way or begins.
    connection_connect "connection.connect" () -> bool;
    /// Waits.
    clock_sleep "clock.sleep" (ms: f64) -> ();
    /// Whether there is something at a path.
    files_path_exists "files.pathExists" (path: String) -> bool;
    /// Reads a file, and keeps its bytes.
    files_read "files.read" (path: String) -> ();
    /// The text of these bytes.
    files_decode "files.decode" () -> String;
    /// Applies the caller's diff to a text, or makes a new one.
    files_apply_diff "files.applyDiff" (text: Option<String>) -> String;
    /// Writes a file.
    files_write "files.write" (path: String, content: String) -> ();
    /// Runs a command: its exit code, and standard error.
    files_run "files.run" (cmd: String) -> (Option<f64>, String);
    /// Looks up the sandbox of a pointer: its id and kind, whether it is enrolled, and whether the
    /// caller establishes modal sandboxes.
    sandboxes_get "sandboxes.get" () -> Option<Sandbox>;
    /// Establishes it by the caller's own means, and keeps its session.
    sandboxes_establish_modal "sandboxes.establishModal" () -> ();
    /// Makes a session with its agent, and keeps it.
    sandboxes_machine "sandboxes.machine" () -> ();
    /// Whether the session tells where its ports can be reached.
    can_resolve_exposed_port "session.canResolveExposedPort" () -> bool;
    /// Asks the session where a port can be reached, or the port that the caller has named, and keeps the
    /// answer.
    resolve_exposed_port "session.resolveExposedPort" (port: Option<f64>) -> ();
    /// Reads that answer.
    endpoint_read "endpoint.read" () -> Option<Endpoint>;
    /// Makes a state of the envelope, and keeps it: whether there is one, or what was thrown.
    boxes_deserialize "boxes.deserialize" () -> (bool, Option<String>);
    /// What that state says of its box.
    boxes_state "boxes.state" () -> Facts;
    /// Whether the folder that it names is there, on this machine.
    boxes_folder_exists "boxes.folderExists" () -> bool;
    /// Resumes the box of that state, of which the client may not see the snapshot, and keeps its session,
    /// or tells what it was refused with.
    boxes_resume "boxes.resume" (hides_snapshot: bool) -> Option<ErrorChain>;
    /// Throws what it was refused with.
    boxes_rethrow "boxes.rethrow" () -> ();
    /// Decodes the archive of the envelope, and keeps it: whether there is one, and it is whole.
    boxes_archive "boxes.archive" () -> Archive;
    /// Creates a box, and keeps its session.
    boxes_create "boxes.create" () -> ();
    /// Restores the archive in the box; whether its session can.
    boxes_hydrate "boxes.hydrate" () -> bool;
    /// What the session says of its box.
    boxes_session "boxes.session" () -> Facts;
    /// How the box can be removed: by the client's `delete`, or the session's `terminate`, `delete` or
    /// `close`.
    boxes_removal "boxes.removal" () -> (bool, bool, bool, bool);
    /// Removes the box.
    boxes_remove "boxes.remove" (way: Way) -> ();
    /// Serializes the state of a session, and keeps the result, if there is one: whether it has a
    /// manifest, a list of ports and anything of ports.
    boxes_serialize "boxes.serialize" () -> Option<SerializedFacts>;
    /// Runs a command on this machine: its exit code, and standard error.
    docker_run "docker.run" (argv: Vec<String>) -> (Option<f64>, String);
    /// Deletes an image by its id; whether there is a way to.
    images_delete "images.delete" (id: String) -> bool;
    /// What the session of a service can do: whether it has `exec`, `execCommand`, `readFile`,
    /// `createEditor` and `writeStdin`, and what its `supportsPty` answers.
    workspace_features "workspace.features" () -> Features;
    /// Runs a command, where the session runs commands (`session`), in a directory, or in a terminal in a
    /// directory; nothing where the session cannot.
    workspace_exec "workspace.exec" (
        cmd: String, place: &'static str, directory: Option<String>, yield_time_ms: Option<f64>
    ) -> Option<Output>;
    /// Writes to a command that runs, and brings what it has printed since; nothing where the session
    /// cannot.
    workspace_write_stdin "workspace.writeStdin" (
        session_id: f64, chars: String, yield_time_ms: u32
    ) -> Option<String>;
    /// Reads a file by the session's own means, and keeps its bytes; nothing where it has none.
    workspace_read_file "workspace.readFile" (path: String, max_bytes: f64) -> Option<NativeRead>;
    /// Creates a file by the session's editor; whether it did.
    workspace_create_file "workspace.createFile" (path: String, diff: String) -> bool;
    /// Tells the caller of events, given as JSON.
    workspace_emit "workspace.emit" (events: String) -> ();
    /// The revision of the service, one more than before where something has changed, and the epoch of
    /// the caller's lease.
    workspace_revision "workspace.revision" (is_changed: bool) -> Revision;
    /// What is known of how much the session lets through.
    workspace_channel "workspace.channel" () -> Option<Channel>;
}
