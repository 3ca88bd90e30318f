//! The requests of a session to the agent on its machine, and what their responses mean.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use thiserror::Error;

use super::control::{self, AgentError, ControlError};
use super::exec::{ExecTimeout, Launch, Limits};
use super::retry::Care;
use super::transport::Delivery;
use super::wire::{self, Reply, Scalar};
use super::{path, relay};
use crate::ecmascript::same;
use crate::input::{InputError, Value};
use crate::recording::DESKTOP_STREAM_PORT;
use crate::shell::Thrown;

/// An operation of the protocol. One field may hold a value of the caller's, such as the content of a
/// file. It stays with the caller, and `held` names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// The name of the operation and of its result, as `$case` has it.
    pub case: &'static str,
    /// The fields, without the held one.
    pub fields: Vec<(&'static str, Field)>,
    /// The name of the field whose value stays with the caller.
    pub held: Option<&'static str>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    Text(String),
    Number(u32),
    Flag(bool),
    Texts(Vec<String>),
    Empty {},
}

/// `{"$case": "fsStat", "fsStat": {…}}`.
impl Serialize for Op {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Fields<'a>(&'a [(&'static str, Field)]);
        impl Serialize for Fields<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }
        let mut op = serializer.serialize_map(Some(2))?;
        op.serialize_entry("$case", self.case)?;
        op.serialize_entry(self.case, &Fields(&self.fields))?;
        op.end()
    }
}

/// The part of a response that decides the outcome. The result itself stays with the caller.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Response {
    /// The code, the message and the retryability of an error. An error counts also beside a result.
    pub error: Option<(f64, String, bool)>,
    /// How far the request came; [`Delivery::Answered`] for an error of the agent's.
    pub delivery: Delivery,
    /// The name of the result.
    pub case: Option<String>,
    /// Whether the agent ended a command at its limit.
    pub timed_out: bool,
    /// The id of a channel.
    pub channel_id: Option<String>,
    /// The kind of a channel.
    pub channel_kind: Option<f64>,
    /// The number of bytes that were read of a file.
    pub length: Option<u64>,
    /// The size of that file.
    pub total: Option<u64>,
    /// The size and the time of change of a path, as a text to compare.
    pub modified: Option<String>,
}

impl Response {
    /// A response with an error and no result.
    #[must_use]
    pub fn failed(AgentError { code, message, retryable }: AgentError, delivery: Delivery) -> Self {
        Self { error: Some((code.into(), message, retryable)), delivery, ..Self::default() }
    }

    fn refused(error: AgentError) -> Self {
        Self::failed(error, Delivery::Answered)
    }

    /// Reads a decoded reply.
    #[must_use]
    pub fn of_reply(reply: &Reply) -> Self {
        let Some(result) = &reply.result else {
            return reply.error.clone().map_or_else(Self::default, Self::refused);
        };
        let error = reply.error.clone().and_then(|error| Self::refused(error).error);
        let mut response = Self { error, case: Some(result.case.to_owned()), ..Self::default() };
        match result.case {
            "exec" => response.timed_out = result.get("timedOut") == Some(Scalar::Bool(true)),
            "fsRead" => {
                if let Some(Scalar::Bytes(content)) = result.get("content") {
                    response.length = Some(content.len() as u64);
                }
                if let Some(Scalar::Uint64(size)) = result.get("totalSize") {
                    response.total = Some(size);
                }
            }
            "fsStat" => {
                response.modified = result
                    .message("entry")
                    .map(|entry| format!("{:?} {:?}", entry.get("size"), entry.get("modifiedMs")));
            }
            _ => {}
        }
        response
    }
}

impl Op {
    /// Whether the core can send the operation and read the response by itself: nothing of the operation
    /// stays with the caller but the input of a command, which is empty, and [`Response::of_reply`] has
    /// all fields that are read.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !matches!(self.case, "desktopEnsure" | "ptyOpen")
            && matches!(self.held, None | Some("stdin"))
    }

    /// The operation as a value for the encoder. The held field is empty.
    #[must_use]
    pub fn encodable(self) -> wire::Value<'static> {
        let value = |field| match field {
            Field::Text(text) => text.into(),
            Field::Number(number) => number.into(),
            Field::Flag(flag) => flag.into(),
            Field::Texts(texts) => {
                texts.into_iter().map(wire::Value::from).collect::<Vec<_>>().into()
            }
            Field::Empty {} => wire::Value::Object(Vec::new()),
        };
        let fields = self.fields.into_iter().map(|(name, field)| (name.into(), value(field)));
        let held = self.held.map(|name| (name.into(), (&[][..]).into()));
        wire::Value::case(self.case, wire::Value::Object(fields.chain(held).collect()))
    }
}

/// The port to an agent.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Rpc {
    /// Sends an operation to a subject, and waits up to `timeout_ms` milliseconds for the response.
    async fn request(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown>;
}

/// Why a session's operation failed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The caller's `controlRpc` threw. The value is passed on as it is.
    #[error("the control RPC threw")]
    Thrown(Thrown),
    /// The agent refused, or did not answer. With the error's code.
    #[error("{}", .0.message)]
    Control(ControlError, f64),
    /// A command took too long.
    #[error("{}", .0.error.message)]
    TimedOut(ExecTimeout),
    /// The response has the result of another operation.
    #[error("{0}")]
    Unexpected(String),
    /// The agent gave other bytes of a file than it was asked for. With the path.
    #[error("selfhosted readFile: the agent does not read in ranges, and {0} is too long for one")]
    Unranged(String),
    /// A file changed each time that it was read. With the path.
    #[error("selfhosted readFile: the file changes while it is read: {0}")]
    Changed(String),
}

impl From<Thrown> for SessionError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// The machine of a session, and how the session reaches it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The workspace of the machine.
    pub workspace_id: String,
    /// The agent on the machine.
    pub agent_id: String,
    /// The base of relative paths; empty for the agent's root.
    pub working_dir: String,
    /// The time that the agent has for a response, in milliseconds.
    pub timeout_ms: f64,
    /// What is done beside sending a request.
    pub care: Care,
}

/// A request whose arguments are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    subject: String,
    op: Op,
    timeout_ms: f64,
    purpose: Purpose,
}

/// How a response is read.
#[derive(Debug, Clone, PartialEq)]
enum Purpose {
    /// As a result. Errors name the method.
    Result(Cow<'static, str>),
    /// As the result of a command that the agent ends after `agent_ms` milliseconds.
    Command { agent_ms: u32 },
    /// As a sign that the agent is there.
    Sign,
    /// As a channel. `port` is the port's text, for errors and for the channel's name.
    Channel { place: Place, port: String },
}

/// The outcome of a request. The result itself stays with the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// The response has the result.
    Result,
    /// Whether the agent has answered.
    Sign(bool),
    /// The agent has opened a channel.
    Channel(Channel),
}

impl Place {
    fn request(&self, method: &'static str, op: Op) -> Request {
        self.request_for(Purpose::Result(method.into()), op)
    }

    fn request_for(&self, purpose: Purpose, op: Op) -> Request {
        let subject = control::subject(&self.workspace_id, &self.agent_id);
        Request { subject, op, timeout_ms: self.timeout_ms, purpose }
    }

    /// Sends an operation of a method, and returns what decides its outcome.
    pub(super) async fn ask(
        &self,
        rpc: &impl Rpc,
        method: &str,
        op: Op,
    ) -> Result<Response, SessionError> {
        let subject = control::subject(&self.workspace_id, &self.agent_id);
        let case = op.case;
        expected(method, case, rpc.request(&subject, op, self.timeout_ms).await?)
    }

    pub(super) fn path(&self, path: Value) -> Result<Field, InputError> {
        path::check(path, &self.working_dir).map(Field::Text)
    }

    /// Runs a command. `exec_timeout_ms` is the command's own limit, in milliseconds. The input stays with
    /// the caller.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first argument that cannot be used.
    pub fn exec(
        &self,
        cmd: Value,
        workdir: Value,
        exec_timeout_ms: &Value,
    ) -> Result<Request, InputError> {
        let launch =
            Launch::check(cmd, workdir, exec_timeout_ms, &self.working_dir, self.timeout_ms)?;
        let Launch { cmd, cwd, limits: Limits { agent_ms, transport_ms } } = launch;
        let fields = vec![
            ("command", Field::Texts(vec![cmd])),
            ("shell", Field::Flag(true)),
            ("cwd", Field::Text(cwd)),
            ("env", Field::Empty {}),
            ("timeoutMs", Field::Number(agent_ms)),
        ];
        let op = Op { case: "exec", fields, held: Some("stdin") };
        let request = self.request_for(Purpose::Command { agent_ms }, op);
        Ok(Request { timeout_ms: transport_ms, ..request })
    }

    /// Writes a file. The bytes stay with the caller.
    ///
    /// # Errors
    ///
    /// [`InputError`] for a path that cannot be used.
    pub fn write_file(
        &self,
        path: Value,
        create_parents: bool,
        append: bool,
    ) -> Result<Request, InputError> {
        let fields = vec![
            ("path", self.path(path)?),
            ("createParents", Field::Flag(create_parents)),
            ("append", Field::Flag(append)),
            ("mode", Field::Number(0)),
        ];
        Ok(self.request("writeFile", Op { case: "fsWrite", fields, held: Some("content") }))
    }

    /// Lists a directory.
    ///
    /// # Errors
    ///
    /// [`InputError`] for a path that cannot be used.
    pub fn list_files(&self, path: Value, recursive: bool) -> Result<Request, InputError> {
        let fields = vec![("path", self.path(path)?), ("recursive", Field::Flag(recursive))];
        Ok(self.request("listFiles", Op { case: "fsList", fields, held: None }))
    }

    /// Asks for the status of a path.
    ///
    /// # Errors
    ///
    /// [`InputError`] for a path that cannot be used.
    pub fn stat_file(&self, path: Value) -> Result<Request, InputError> {
        let fields = vec![("path", self.path(path)?)];
        Ok(self.request("statFile", Op { case: "fsStat", fields, held: None }))
    }

    /// Sends an input event to the desktop. The event stays with the caller.
    #[must_use]
    pub fn desktop_input(&self) -> Request {
        let op = Op { case: "desktopInput", fields: Vec::new(), held: Some("event") };
        self.request("desktopInput", op)
    }

    /// Takes a picture of the desktop.
    #[must_use]
    pub fn screenshot(&self) -> Request {
        let op = Op { case: "desktopScreenshot", fields: Vec::new(), held: None };
        self.request("screenshot", op)
    }

    /// Asks the agent for a sign. The nonce stays with the caller.
    #[must_use]
    pub fn ping(&self) -> Request {
        let op = Op { case: "ping", fields: Vec::new(), held: Some("nonce") };
        self.request_for(Purpose::Sign, op)
    }

    /// Opens a channel for a port: to the desktop for its port, to a terminal for any other. `spelled` is
    /// the port's text.
    #[must_use]
    pub fn open_channel(&self, port: &Value, spelled: String) -> Request {
        let is_desktop =
            matches!(port, Value::Number(port) if same(*port, f64::from(DESKTOP_STREAM_PORT)));
        let op = if is_desktop {
            let fields = vec![("width", Field::Number(0)), ("height", Field::Number(0))];
            Op { case: "desktopEnsure", fields, held: None }
        } else {
            let fields = vec![
                ("command", Field::Texts(Vec::new())),
                ("cwd", Field::Text(self.working_dir.clone())),
                ("env", Field::Empty {}),
                ("cols", Field::Number(0)),
                ("rows", Field::Number(0)),
                ("term", Field::Text("xterm-256color".to_owned())),
            ];
            Op { case: "ptyOpen", fields, held: None }
        };
        self.request_for(Purpose::Channel { place: self.clone(), port: spelled }, op)
    }
}

/// Sends a request, and reads the response by the request's purpose.
///
/// # Errors
///
/// [`SessionError`].
pub async fn send(rpc: &impl Rpc, request: Request) -> Result<Outcome, SessionError> {
    let Request { subject, op, timeout_ms, purpose } = request;
    let case = op.case;
    let response = rpc.request(&subject, op, timeout_ms).await?;
    match purpose {
        Purpose::Result(method) => expected(&method, case, response).map(|_| Outcome::Result),
        Purpose::Command { agent_ms } => {
            if let Some((code, message, _)) = &response.error
                && let Some(timeout) = ExecTimeout::unanswered(*code, message, response.delivery)
            {
                return Err(SessionError::TimedOut(timeout));
            }
            let is_refused = response.error.is_some();
            let answered = expected("exec", case, response).map_err(|error| match error {
                error if is_refused => error,
                // A reply that says nothing of the command.
                error => SessionError::TimedOut(ExecTimeout::unread(&error.to_string())),
            })?;
            if answered.timed_out {
                return Err(SessionError::TimedOut(ExecTimeout::ended(agent_ms)));
            }
            Ok(Outcome::Result)
        }
        Purpose::Sign => {
            let Response { error, case: answered, .. } = response;
            Ok(Outcome::Sign(error.is_none() && answered.as_deref() == Some(case)))
        }
        Purpose::Channel { place, port } => {
            let method = format!("resolveExposedPort({port})");
            let Response { channel_id, channel_kind, .. } = expected(&method, case, response)?;
            let Place { workspace_id, agent_id, .. } = place;
            Ok(Outcome::Channel(Channel {
                channel: relay::channel(channel_id, &workspace_id, &agent_id, &port),
                protocol: relay::protocol(channel_kind),
            }))
        }
    }
}

/// A stream of the machine, at its relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// The channel's name.
    pub channel: String,
    /// The protocol: `pty`, `vnc` or `raw`.
    pub protocol: &'static str,
}

fn expected(method: &str, op: &str, response: Response) -> Result<Response, SessionError> {
    if let Some((code, message, retryable)) = &response.error {
        let error = ControlError::new(*code, message, *retryable, response.delivery);
        return Err(SessionError::Control(error, *code));
    }
    match response.case.as_deref() {
        Some(case) if case == op => Ok(response),
        Some(case) => {
            Err(SessionError::Unexpected(format!("selfhosted {method}: unexpected result {case}")))
        }
        None => {
            let AgentError { code, message, retryable } = AgentError::empty_response();
            let code = f64::from(code);
            let error = ControlError::new(code, &message, retryable, response.delivery);
            Err(SessionError::Control(error, code))
        }
    }
}
