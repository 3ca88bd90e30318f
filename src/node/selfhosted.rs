//! Machines that users enrol themselves.

use napi::Result;
use napi_derive::napi;

use super::json::settled;
use super::json::text;
use crate::input::Value;
use crate::selfhosted::control::{self, AgentError, ControlError};
use crate::selfhosted::exec::{self, ExecTimeout, Launch};
use crate::selfhosted::{editor, image, listing, path, relay};

/// How long an agent has to answer, in milliseconds.
#[napi]
pub const SELFHOSTED_DEFAULT_TIMEOUT_MS: u32 = exec::DEFAULT_TIMEOUT_MS;

/// The path of streams at a relay that names none.
#[napi]
pub const SELFHOSTED_RELAY_STREAM_PATH: &str = relay::STREAM_PATH;

/// The working directory, as callers see it.
#[napi]
pub const VIRTUAL_ROOT: &str = path::ROOT;

/// Where an agent is addressed.
#[napi(catch_unwind)]
pub fn control_subject(workspace_id: String, agent_id: String) -> String {
    control::subject(&workspace_id, &agent_id)
}

/// What an agent's error means.
#[napi(catch_unwind)]
pub fn control_error(code: f64, message: String, retryable: bool) -> Result<String> {
    text(&ControlError::new(code, &message, retryable))
}

/// The error where nobody answers to an agent's name.
#[napi(catch_unwind)]
pub fn offline_agent_error() -> Result<String> {
    text(&AgentError::offline())
}

/// The error where nobody answers in time.
#[napi(catch_unwind)]
pub fn timeout_agent_error() -> Result<String> {
    text(&AgentError::timeout())
}

/// What is wrong with a response that carries no error, if anything is.
#[napi(catch_unwind)]
pub fn response_fault(
    method: String,
    op: String,
    result: Option<String>,
) -> Result<Option<String>> {
    let fault = control::response_fault(&method, &op, result.as_deref());
    fault.map(|fault| text(&fault)).transpose()
}

/// The working directory of a session.
#[napi(catch_unwind)]
pub fn working_dir(given: Value) -> Result<String> {
    settled(path::working_dir(given))
}

/// A path on the machine.
#[napi(catch_unwind)]
pub fn machine_path(path: Value, working_dir: String) -> Result<String> {
    settled(path::check(path, &working_dir))
}

/// The type of a directory's entry.
#[napi(catch_unwind)]
pub fn entry_type(kind: f64) -> &'static str {
    listing::entry_type(kind)
}

/// Where a command runs, and how long it may take.
#[napi(catch_unwind)]
pub fn check_exec(
    cmd: Value,
    workdir: Value,
    exec_timeout_ms: Value,
    working_dir: String,
    timeout_ms: f64,
) -> Result<String> {
    let (cmd, workdir, exec_timeout_ms) = (cmd, workdir, exec_timeout_ms);
    settled(Launch::check(cmd, workdir, &exec_timeout_ms, &working_dir, timeout_ms))
}

/// The error for a command that the agent ended.
#[napi(catch_unwind)]
pub fn exec_ended(agent_ms: u32) -> Result<String> {
    text(&ExecTimeout::ended(agent_ms))
}

/// The error for a command whose agent did not answer in time, if that is what its error says.
#[napi(catch_unwind)]
pub fn exec_unanswered(code: f64, message: String) -> Result<Option<String>> {
    ExecTimeout::unanswered(code, &message).map(|timeout| text(&timeout)).transpose()
}

/// The media type of an image.
#[napi(catch_unwind)]
pub fn image_media_type(content: &[u8], path: String) -> Option<&'static str> {
    image::media_type(content, &path)
}

/// What a relayed channel carries.
#[napi(catch_unwind)]
pub fn stream_protocol(kind: Option<f64>) -> &'static str {
    relay::protocol(kind)
}

/// The name that a relayed channel goes by.
#[napi(catch_unwind)]
pub fn stream_channel(
    id: Option<String>,
    workspace_id: String,
    agent_id: String,
    port: String,
) -> String {
    relay::channel(id, &workspace_id, &agent_id, &port)
}

/// The port of a relay that names none.
#[napi(catch_unwind)]
pub fn relay_port(tls: bool) -> u16 {
    relay::default_port(tls)
}

/// The command that removes a file.
#[napi(catch_unwind)]
pub fn file_removal(path: Value, working_dir: String) -> Result<String> {
    settled(editor::removal(path, &working_dir))
}

/// Where a changed file is written to, and what is removed after that.
#[napi(catch_unwind)]
pub fn file_update(path: Value, move_to: Value, working_dir: String) -> Result<String> {
    settled(editor::update(path, move_to, &working_dir))
}

/// Checks how a command that removes a file ended.
#[napi(catch_unwind)]
pub fn check_file_removal(
    method: String,
    path: String,
    exit_code: Option<f64>,
    stderr: String,
) -> Result<String> {
    settled(editor::check_removal(method, path, exit_code, stderr))
}
