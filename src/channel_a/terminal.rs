//! The caller's commands, and terminals.

use serde::Serialize;
use serde_json::json;

use super::banner::{is_session_lost, session_id, strip};
use super::error::ServiceError;
use super::place::{Root, loose};
use super::runner::told;
use super::workspace::{Event, Output, Place, Workspace};
use crate::input::{self, InputError, Value};

/// The time for the answer of a terminal that was opened or written to, in milliseconds.
const PTY_MS: u32 = 250;
/// The time after a command whose answer does not matter, in milliseconds.
const PTY_ASIDE_MS: u32 = 50;
/// The default shell of a terminal.
const PTY_SHELL: &str = "/bin/bash";
/// The end of input.
const END_OF_INPUT: &str = "\u{4}";

/// The result of a caller's command, unchanged.
struct Ran {
    stdout: String,
    stderr: String,
    exit_code: Option<f64>,
    session_id: Option<f64>,
    wall_time_seconds: f64,
}

impl Ran {
    fn of(output: Output) -> Self {
        match output {
            Output::Result(reply, wall_time) => Self {
                stdout: reply.stdout.or(reply.output).unwrap_or_default(),
                stderr: reply.stderr.unwrap_or_default(),
                exit_code: reply.exit_code,
                session_id: reply.session_id,
                wall_time_seconds: wall_time.unwrap_or_default(),
            },
            Output::Text(text) => Self {
                session_id: session_id(&text),
                exit_code: told(&text).exit_code,
                stdout: strip(&text).to_owned(),
                stderr: String::new(),
                wall_time_seconds: 0.0,
            },
        }
    }
}

/// A command to run.
#[derive(Debug)]
pub struct TerminalExec {
    command: String,
    place: Place,
    timeout_ms: f64,
    is_streamed: bool,
}

/// The result of a caller's command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminalResult {
    stdout: String,
    stderr: String,
    exit_code: Option<f64>,
    running: bool,
    wall_time_seconds: f64,
}

impl TerminalExec {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where a field is of the wrong type.
    pub fn check(
        root: &Root,
        command: Value,
        cwd: Value,
        timeout_ms: Value,
        emit_stream: &Value,
    ) -> Result<Self, ServiceError> {
        let command = input::command("command", command)?;
        let place = Place::Directory(root.directory(&loose("cwd", cwd)?));
        let timeout_ms = input::or_default(timeout_ms, 30_000.0);
        let expected = "a number of milliseconds";
        let timeout_ms = input::number("timeoutMs", expected, &timeout_ms, |ms| ms >= 0.0)?;
        let is_streamed = !matches!(emit_stream, Value::Flag(false));
        Ok(Self { command, place, timeout_ms, is_streamed })
    }
}

/// Runs a caller's command, unchanged.
///
/// # Errors
///
/// Where the session cannot run commands, or throws.
pub async fn exec(
    workspace: &impl Workspace,
    asked: TerminalExec,
    command_id: &str,
) -> Result<TerminalResult, ServiceError> {
    let TerminalExec { command, place, timeout_ms, is_streamed } = asked;
    let output = workspace.exec(command, &place, Some(timeout_ms)).await?;
    let ran = Ran::of(output.ok_or_else(ServiceError::no_commands)?);
    if is_streamed {
        let events: Vec<_> = [("stdout", &ran.stdout), ("stderr", &ran.stderr)]
            .into_iter()
            .enumerate()
            .filter(|(_, (_, chunk))| !chunk.is_empty())
            .map(|(seq, (stream, chunk))| Event {
                kind: "sandbox.command.output.delta",
                payload: json!({
                    "stream": stream, "chunk": chunk, "commandId": command_id, "seq": seq,
                }),
            })
            .collect();
        if !events.is_empty() {
            workspace.emit(&events).await;
        }
    }
    Ok(TerminalResult {
        running: ran.exit_code.is_none() && ran.session_id.is_some(),
        stdout: ran.stdout,
        stderr: ran.stderr,
        exit_code: ran.exit_code,
        wall_time_seconds: ran.wall_time_seconds,
    })
}

/// A terminal that was opened.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenedPty {
    supports_input: bool,
    exec_session_id: Option<f64>,
    shell: String,
    initial_output: String,
}

/// Opens a terminal.
///
/// # Errors
///
/// Where the session cannot run commands, or throws.
pub async fn open(
    workspace: &impl Workspace,
    root: &Root,
    cwd: Value,
    shell: Value,
) -> Result<OpenedPty, ServiceError> {
    let place = Place::Terminal(root.directory(&loose("cwd", cwd)?));
    let shell = input::string("shell", input::or_default(shell, PTY_SHELL))?;
    let output = workspace.exec(shell.clone(), &place, Some(f64::from(PTY_MS))).await?;
    let ran = Ran::of(output.ok_or_else(ServiceError::no_commands)?);
    let features = workspace.features().await?;
    Ok(OpenedPty {
        supports_input: features.has_terminals(),
        exec_session_id: ran.session_id,
        shell,
        initial_output: ran.stdout,
    })
}

/// Writes to a terminal, and returns its output since the last answer.
///
/// # Errors
///
/// [`ServiceError::Conflict`] where the terminal is lost.
pub async fn write(
    workspace: &impl Workspace,
    exec_session_id: &Value,
    data: Value,
) -> Result<String, ServiceError> {
    let id = number_of(exec_session_id)?;
    let data = match data {
        Value::Text(text) | Value::IllFormed(text) => text,
        other => Err(InputError::wrong_type("data", "a string", &other))?,
    };
    let text = workspace.write_stdin(id, data, PTY_MS).await?;
    let text = text.ok_or_else(ServiceError::no_terminal)?;
    let printed = strip(&text);
    // The output of a terminal that still runs can have the words of a lost session.
    let is_running = told(&text).session_id.is_some();
    if !is_running && is_session_lost(&text, id) {
        let error = "pty session lost on the live box; reopen the terminal";
        return Err(ServiceError::Conflict(error.to_owned()));
    }
    Ok(printed.to_owned())
}

/// Sets the size of a terminal.
///
/// # Errors
///
/// With the value that the session throws.
pub async fn resize(
    workspace: &impl Workspace,
    exec_session_id: &Value,
    cols: &Value,
    rows: &Value,
) -> Result<(), ServiceError> {
    let id = number_of(exec_session_id)?;
    let side = |field, value: &Value| {
        let is_side = |side: f64| side.fract() == 0.0 && side > 0.0 && side < 65_536.0;
        input::number(field, "a whole number from 1 to 65535", value, is_side)
    };
    let (cols, rows) = (side("cols", cols)?, side("rows", rows)?);
    let chars = format!("stty cols {cols} rows {rows}\n");
    workspace.write_stdin(id, chars, PTY_ASIDE_MS).await?;
    Ok(())
}

/// Ends the input of a terminal, if there is one. The session's errors are ignored.
///
/// # Errors
///
/// Where `exec_session_id` is no number.
pub async fn close(
    workspace: &impl Workspace,
    exec_session_id: &Value,
) -> Result<(), ServiceError> {
    if *exec_session_id != Value::Absent {
        let id = number_of(exec_session_id)?;
        let _ = workspace.write_stdin(id, END_OF_INPUT.to_owned(), PTY_ASIDE_MS).await;
    }
    Ok(())
}

/// Checks the session's number for a terminal.
fn number_of(exec_session_id: &Value) -> Result<f64, InputError> {
    input::number("execSessionId", "a number", exec_session_id, |_| true)
}
