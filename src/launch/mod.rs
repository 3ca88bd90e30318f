//! Servers on the box that are launched on demand: the desktop and what streams it, and a terminal.
//!
//! The image has a program that launches each and does nothing where it runs, and one that ends it.
//! One command runs the first under a lock, so that launches at the same time come one after another.

mod error;
mod script;

use serde::Serialize;

pub use error::LaunchError;
pub use script::{Desktop, Geometry, Terminal};

use crate::input::{self, InputError, Value};
use crate::shell::{Reply, Thrown};

/// How long the command of a launch may take where the caller does not say, in milliseconds.
pub const TIMEOUT_MS: u32 = 60_000;
/// Where its answer may be cut, in tokens.
const MAX_OUTPUT_TOKENS: u32 = 20_000;
/// The same of the command that ends a server.
const TEAR_DOWN_TIMEOUT_MS: u32 = 10_000;
const TEAR_DOWN_MAX_OUTPUT_TOKENS: u32 = 4_000;

/// The session that a server is launched in.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Runner {
    /// Runs a command; nothing where the session cannot.
    async fn run(
        &self,
        cmd: String,
        timeout_ms: f64,
        max_output_tokens: u32,
    ) -> Result<Option<Reply>, Thrown>;
}

/// What is launched.
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
    /// What its program says where it fails.
    words: &'static str,
    /// The exit code of that.
    code: f64,
}

/// What a server is called, and by what its launch is known.
struct Facts {
    noun: &'static str,
    /// Begins the line that says that it is up.
    marker: &'static str,
    stages: &'static [Stage],
    /// The program that ends it.
    down: &'static str,
    /// What is not to be had without it.
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

/// The exit code of a command that tells none and says nothing that is known.
const UNKNOWN: f64 = -1.0;

impl Server {
    fn facts(self) -> &'static Facts {
        match self {
            Self::Desktop => &DESKTOP,
            Self::Terminal => &TERMINAL,
        }
    }

    /// The stage that an exit code is of.
    #[must_use]
    pub fn stage(self, exit_code: f64) -> &'static str {
        let mut stages = self.facts().stages.iter();
        let stage = stages.find(|stage| crate::ecmascript::same(stage.code, exit_code));
        stage.map_or("unknown", |stage| stage.name)
    }

    /// The exit code of a launch that says this.
    fn exit_code(self, text: &str) -> f64 {
        let Facts { marker, stages, .. } = self.facts();
        if has_word(text, marker) {
            return 0.0;
        }
        let failed = stages.iter().find(|stage| text.contains(stage.words));
        failed.map_or(UNKNOWN, |stage| stage.code)
    }

    /// The line that says that the server is up, from its marker on.
    fn marker(self, text: &str) -> &str {
        let at = text.find(self.facts().marker);
        at.and_then(|at| text[at..].split('\n').next()).unwrap_or_default()
    }
}

/// Whether `text` has `word`, and no letter, digit or underscore goes on after it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let next = text.as_bytes().get(at + word.len());
        !next.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    })
}

/// What a command said, with standard error before standard output.
fn said(reply: &Reply) -> String {
    let texts = [&reply.output, &reply.stderr, &reply.stdout];
    let texts: Vec<_> =
        texts.into_iter().flatten().map(String::as_str).filter(|text| !text.is_empty()).collect();
    texts.join("\n")
}

/// How long a launch may take, in milliseconds.
///
/// # Errors
///
/// [`InputError`] where it is no number.
pub fn timeout(timeout_ms: Value) -> Result<f64, InputError> {
    let given = input::or_default(timeout_ms, f64::from(TIMEOUT_MS));
    input::number("timeoutMs", "a number of milliseconds", &given, |ms| !ms.is_nan())
}

/// Launches a server, and gives the line that says that it is up, where there is one.
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

/// Ends a server. Whether it ran, nobody asks; a session that runs no commands is left alone.
///
/// # Errors
///
/// With what the session threw.
pub async fn tear_down(session: &impl Runner, server: Server) -> Result<(), Thrown> {
    let cmd = server.facts().down.to_owned();
    let timeout_ms = TEAR_DOWN_TIMEOUT_MS.into();
    session.run(cmd, timeout_ms, TEAR_DOWN_MAX_OUTPUT_TOKENS).await.map(|_| ())
}
