//! What a session asks of the agent on its machine.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use thiserror::Error;

use super::control::{self, AgentError, ControlError};
use super::exec::{ExecTimeout, Launch};
use super::{path, relay};
use crate::ecmascript::{number_text, same};
use crate::input::{self, InputError, Value};
use crate::recording::DESKTOP_STREAM_PORT;
use crate::shell::Thrown;

/// An operation of the protocol. What it has of the caller's own stays outside, under the name of a
/// field.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// Its name, as `$case` has it; its result is called the same.
    pub case: &'static str,
    /// Its fields.
    pub fields: Vec<(&'static str, Field)>,
    /// The field that is the caller's own.
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

/// What is read of a response. The result itself stays with the caller.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Response {
    /// What went wrong: the code, the message, and whether the same may succeed later. It counts where
    /// there is a result, too.
    pub error: Option<(f64, String, bool)>,
    /// The name of the result.
    pub case: Option<String>,
    /// Whether the agent ended a command at its limit.
    pub timed_out: bool,
    /// The id of a channel.
    pub channel_id: Option<String>,
    /// The kind of a channel.
    pub channel_kind: Option<f64>,
}

/// The way to an agent.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Rpc {
    /// Sends an operation to a subject, and waits for the answer that many milliseconds.
    async fn request(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown>;
}

/// Why a session's operation failed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// An argument cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The caller's way to the agent threw. What it threw is passed on as it is.
    #[error("the control RPC threw")]
    Thrown(Thrown),
    /// The agent refused, or did not answer.
    #[error("{}", .0.message)]
    Control(ControlError, f64),
    /// A command took too long.
    #[error("{}", .0.error.message)]
    TimedOut(ExecTimeout),
    /// The agent answered another operation.
    #[error("{0}")]
    Unexpected(String),
}

impl From<Thrown> for SessionError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// A session with an agent.
#[derive(Debug)]
pub struct Session<R> {
    rpc: R,
    place: Place,
    subject: String,
    timeout_ms: f64,
}

/// Where a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The workspace of the machine.
    pub workspace_id: String,
    /// The agent on the machine.
    pub agent_id: String,
    /// The base of paths; empty for the agent's root.
    pub working_dir: String,
}

impl<R: Rpc> Session<R> {
    /// A session that waits `timeout_ms` for its agent, in milliseconds.
    ///
    /// # Errors
    ///
    /// When that is no number.
    pub fn new(rpc: R, place: Place, timeout_ms: &Value) -> Result<Self, InputError> {
        let timeout_ms =
            input::number("timeoutMs", "a number of milliseconds", timeout_ms, |_| true)?;
        let subject = control::subject(&place.workspace_id, &place.agent_id);
        Ok(Self { rpc, place, subject, timeout_ms })
    }

    /// Sends an operation. The result is called as its operation is.
    async fn ask(&self, method: &str, op: Op) -> Result<Response, SessionError> {
        let case = op.case;
        expected(method, case, self.rpc.request(&self.subject, op, self.timeout_ms).await?)
    }

    fn path(&self, path: Value) -> Result<Field, InputError> {
        path::check(path, &self.place.working_dir).map(Field::Text)
    }

    /// Runs a command. `exec_timeout_ms` is the command's own limit.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn exec(
        &self,
        cmd: Value,
        workdir: Value,
        exec_timeout_ms: &Value,
    ) -> Result<(), SessionError> {
        let launch =
            Launch::check(cmd, workdir, exec_timeout_ms, &self.place.working_dir, self.timeout_ms)?;
        let Launch { cmd, cwd, limits } = launch;
        let fields = vec![
            ("command", Field::Texts(vec![cmd])),
            ("shell", Field::Flag(true)),
            ("cwd", Field::Text(cwd)),
            ("env", Field::Empty {}),
            ("timeoutMs", Field::Number(limits.agent_ms)),
        ];
        let op = Op { case: "exec", fields, held: Some("stdin") };
        let response = self.rpc.request(&self.subject, op, limits.transport_ms).await?;
        if let Some((code, message, _)) = &response.error
            && let Some(timeout) = ExecTimeout::unanswered(*code, message)
        {
            return Err(SessionError::TimedOut(timeout));
        }
        if expected("exec", "exec", response)?.timed_out {
            return Err(SessionError::TimedOut(ExecTimeout::ended(limits.agent_ms)));
        }
        Ok(())
    }

    /// Reads a file, up to a number of bytes; 0 for all of it.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn read_file(&self, path: Value, max_bytes: &Value) -> Result<(), SessionError> {
        let path = self.path(path)?;
        let length = match max_bytes {
            Value::Absent => 0.0,
            given => {
                let is_length =
                    |n: f64| n.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&n);
                input::number("maxBytes", "a whole number of bytes, not below 0", given, is_length)?
            }
        };
        let fields = vec![
            ("path", path),
            ("offset", Field::Text("0".to_owned())),
            ("length", Field::Text(number_text(length))),
        ];
        self.ask("readFile", Op { case: "fsRead", fields, held: None }).await.map(drop)
    }

    /// Writes a file; the caller has the bytes.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn write_file(
        &self,
        path: Value,
        create_parents: bool,
        append: bool,
    ) -> Result<(), SessionError> {
        let fields = vec![
            ("path", self.path(path)?),
            ("createParents", Field::Flag(create_parents)),
            ("append", Field::Flag(append)),
            ("mode", Field::Number(0)),
        ];
        self.ask("writeFile", Op { case: "fsWrite", fields, held: Some("content") }).await.map(drop)
    }

    /// Lists a directory.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn list_files(&self, path: Value, recursive: bool) -> Result<(), SessionError> {
        let fields = vec![("path", self.path(path)?), ("recursive", Field::Flag(recursive))];
        self.ask("listFiles", Op { case: "fsList", fields, held: None }).await.map(drop)
    }

    /// Looks at a path.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn stat_file(&self, path: Value) -> Result<(), SessionError> {
        let fields = vec![("path", self.path(path)?)];
        self.ask("statFile", Op { case: "fsStat", fields, held: None }).await.map(drop)
    }

    /// Passes on what a viewer does with the desktop; the caller has the event.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn desktop_input(&self) -> Result<(), SessionError> {
        let op = Op { case: "desktopInput", fields: Vec::new(), held: Some("event") };
        self.ask("desktopInput", op).await.map(drop)
    }

    /// Takes a picture of the desktop.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn screenshot(&self) -> Result<(), SessionError> {
        let op = Op { case: "desktopScreenshot", fields: Vec::new(), held: None };
        self.ask("screenshot", op).await.map(drop)
    }

    /// Whether the agent answers; the caller has the nonce.
    ///
    /// # Errors
    ///
    /// Only what the way to the agent throws.
    pub async fn ping(&self) -> Result<bool, SessionError> {
        let op = Op { case: "ping", fields: Vec::new(), held: Some("nonce") };
        let Response { error, case, .. } =
            self.rpc.request(&self.subject, op, self.timeout_ms).await?;
        Ok(error.is_none() && case.as_deref() == Some("ping"))
    }

    /// Opens a channel for a port: the desktop's, or a terminal's for any other.
    ///
    /// # Errors
    ///
    /// [`SessionError`].
    pub async fn open_channel(
        &self,
        port: Value,
        spelled_port: &str,
    ) -> Result<Channel, SessionError> {
        let is_desktop =
            matches!(port, Value::Number(port) if same(port, f64::from(DESKTOP_STREAM_PORT)));
        let op = if is_desktop {
            let fields = vec![("width", Field::Number(0)), ("height", Field::Number(0))];
            Op { case: "desktopEnsure", fields, held: None }
        } else {
            let fields = vec![
                ("command", Field::Texts(Vec::new())),
                ("cwd", Field::Text(self.place.working_dir.clone())),
                ("env", Field::Empty {}),
                ("cols", Field::Number(0)),
                ("rows", Field::Number(0)),
                ("term", Field::Text("xterm-256color".to_owned())),
            ];
            Op { case: "ptyOpen", fields, held: None }
        };
        let method = format!("resolveExposedPort({spelled_port})");
        let Response { channel_id, channel_kind, .. } = self.ask(&method, op).await?;
        let Place { workspace_id, agent_id, .. } = &self.place;
        Ok(Channel {
            channel: relay::channel(channel_id, workspace_id, agent_id, spelled_port),
            protocol: relay::protocol(channel_kind),
        })
    }
}

/// A stream of the machine, at its relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// The name that it goes by.
    pub channel: String,
    /// What it carries.
    pub protocol: &'static str,
}

fn expected(method: &str, op: &str, response: Response) -> Result<Response, SessionError> {
    if let Some((code, message, retryable)) = &response.error {
        let error = ControlError::new(*code, message, *retryable);
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
            Err(SessionError::Control(ControlError::new(code, &message, retryable), code))
        }
    }
}
