//! Servers on the box that are launched on demand: the desktop with its stream, and a terminal.
//!
//! The image has two programs for each server. One launches it, and does nothing where it runs; the other ends
//! it. A launch runs the first program under a lock, so simultaneous launches run one after another.

mod error;
mod script;

use serde::Serialize;

pub use error::LaunchError;
pub use script::{Desktop, Geometry, Terminal};

use crate::input::{self, InputError, Value};
use crate::shell::{Reply, Thrown};

/// The default timeout of a launch, in milliseconds.
pub const TIMEOUT_MS: u32 = 60_000;
/// The length at which the session may cut the output of a launch, in tokens.
const MAX_OUTPUT_TOKENS: u32 = 20_000;
/// The timeout of the command that ends a server, in milliseconds, and the length of its output, in tokens.
const TEAR_DOWN_TIMEOUT_MS: u32 = 10_000;
const TEAR_DOWN_MAX_OUTPUT_TOKENS: u32 = 4_000;

/// The port to the session of a launch.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Runner {
    /// Runs a command. Returns `None` where the session cannot.
    async fn run(
        &self,
        cmd: String,
        timeout_ms: f64,
        max_output_tokens: u32,
    ) -> Result<Option<Reply>, Thrown>;
}

/// A server that can be launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Server {
    /// The X server, the VNC server and its proxy.
    Desktop,
    /// The terminal.
    Terminal,
}

/// A step of a launch.
struct Stage {
    name: &'static str,
    /// The words of its program about a failure.
    words: &'static str,
    /// The exit code of a failure.
    code: f64,
}

/// The facts of a server.
struct Facts {
    noun: &'static str,
    /// The beginning of the line that a successful launch prints.
    marker: &'static str,
    stages: &'static [Stage],
    /// The program that ends it.
    down: &'static str,
    /// The feature that needs it, for messages.
    tier: &'static str,
}

const DESKTOP: Facts = Facts {
    noun: "desktop display stack",
    marker: "OPENGENI_DESKTOP_UP",
    stages: &[
        Stage { name: "xvfb", words: "Xvfb failed to come up", code: 11.0 },
        Stage { name: "x11vnc", words: "x11vnc failed on", code: 12.0 },
        Stage { name: "websockify", words: "websockify failed on", code: 13.0 },
    ],
    down: "opengeni-desktop-down",
    tier: "desktop tier",
};

const TERMINAL: Facts = Facts {
    noun: "terminal server",
    marker: "OPENGENI_TERMINAL_UP",
    stages: &[Stage { name: "ttyd", words: "ttyd failed to come up", code: 14.0 }],
    down: "opengeni-terminal-down",
    tier: "terminal pty-ws",
};

/// The exit code where neither the session nor the output tells one.
const UNKNOWN: f64 = -1.0;

impl Server {
    fn facts(self) -> &'static Facts {
        match self {
            Self::Desktop => &DESKTOP,
            Self::Terminal => &TERMINAL,
        }
    }

    /// The stage of an exit code.
    #[must_use]
    pub fn stage(self, exit_code: f64) -> &'static str {
        let mut stages = self.facts().stages.iter();
        let stage = stages.find(|stage| crate::ecmascript::same(stage.code, exit_code));
        stage.map_or("unknown", |stage| stage.name)
    }

    /// The exit code of a launch with this output.
    fn exit_code(self, text: &str) -> f64 {
        let Facts { marker, stages, .. } = self.facts();
        if has_word(text, marker) {
            return 0.0;
        }
        let failed = stages.iter().find(|stage| text.contains(stage.words));
        failed.map_or(UNKNOWN, |stage| stage.code)
    }

    /// The line of a successful launch, from the marker on.
    fn marker(self, text: &str) -> &str {
        let at = text.find(self.facts().marker);
        at.and_then(|at| text[at..].split('\n').next()).unwrap_or_default()
    }
}

/// Whether `text` has `word`, without a letter, digit or underscore after it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let next = text.as_bytes().get(at + word.len());
        !next.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    })
}

/// The texts of a reply: output, standard error, standard output.
fn said(reply: &Reply) -> String {
    let texts = [&reply.output, &reply.stderr, &reply.stdout];
    let texts: Vec<_> =
        texts.into_iter().flatten().map(String::as_str).filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}

/// Checks the timeout of a launch, in milliseconds.
///
/// # Errors
///
/// [`InputError`] where the timeout is no number.
pub fn timeout(timeout_ms: Value) -> Result<f64, InputError> {
    let given = input::or_default(timeout_ms, f64::from(TIMEOUT_MS));
    input::number("timeoutMs", "a number of milliseconds", &given, |ms| !ms.is_nan())
}

/// Launches a server. Returns the line of the launch, or an empty text where the box printed none.
///
/// # Errors
///
/// [`LaunchError`].
pub async fn ensure(
    session: &impl Runner,
    server: Server,
    script: String,
    timeout_ms: f64,
) -> Result<String, LaunchError> {
    let reply = session.run(script, timeout_ms, MAX_OUTPUT_TOKENS).await?;
    let Some(reply) = reply else { return Err(LaunchError::Unsupported(server)) };
    let output = said(&reply);
    let exit_code = reply.exit_code.unwrap_or_else(|| server.exit_code(&output));
    if exit_code != 0.0 {
        return Err(LaunchError::Failed { server, exit_code, output });
    }
    Ok(server.marker(&output).to_owned())
}

/// Ends a server. The exit code is ignored. With a session that runs no commands, nothing happens.
///
/// # Errors
///
/// With the value that the session threw.
pub async fn tear_down(session: &impl Runner, server: Server) -> Result<(), Thrown> {
    let cmd = server.facts().down.to_owned();
    let timeout_ms = TEAR_DOWN_TIMEOUT_MS.into();
    session.run(cmd, timeout_ms, TEAR_DOWN_MAX_OUTPUT_TOKENS).await.map(|_| ())
}
