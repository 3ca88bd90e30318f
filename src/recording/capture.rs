//! Starting and stopping ffmpeg.

use super::{Codec, Launch, RecordingError, RecordingProcess, command, ending, verify};
use crate::input::{self, InputError, Value};
use crate::shell::{ExecFailure, Frame, Framed, Instant, Reply, Shell};

/// Launches ffmpeg on the box. Returns the handle, and the time at which the command returned.
///
/// A start that `is_limited` can be cancelled. ffmpeg is then stopped, since nobody has its handle.
///
/// # Errors
///
/// When the session cannot run commands or throws, and when the command fails before it launches
/// ffmpeg. A failure of ffmpeg itself is an error of the read, or of a start that verifies.
pub async fn start(
    shell: &impl Shell,
    launch: Launch,
    is_limited: bool,
) -> Result<(RecordingProcess, Instant), RecordingError> {
    let frame = Frame::new("start");
    let reply = shell.exec(command::start(&launch, &frame, is_limited)).await;
    if let Some(shell) = shell.clean_up() {
        let _ = shell.exec(command::undo_start(&launch, &frame)).await;
    }
    let reply = reply?;
    let Launch { process, is_relative, verifies, .. } = launch;
    let process = match reply.framed(&frame) {
        Framed::Whole(directory) if is_relative => {
            process.within(directory.trim_matches(['\r', '\n']))
        }
        Framed::Cut(words) if !reply.is_unfinished() => return Err(not_started(&reply, words)),
        Framed::Bare if reply.status().is_some_and(|code| code != 0.0) => {
            return Err(not_started(&reply, reply.printed()));
        }
        // The closing line is printed last: where it is there, ffmpeg was launched.
        Framed::Whole(_) | Framed::Headless(_) | Framed::Cut(_) | Framed::Bare => process,
    };
    let now = shell.now().await;
    if verifies {
        verify::until_it_writes(shell, &process).await?;
    }
    Ok((RecordingProcess { started_at: now.epoch_ms, ..process }, now))
}

fn not_started(reply: &Reply, printed: &str) -> RecordingError {
    let stderr = reply.stderr.as_deref().unwrap_or_default();
    let words = if stderr.trim().is_empty() { printed } else { stderr };
    RecordingError::NotStarted { code: reply.status(), words: words.trim().to_owned() }
}

/// The fields of a handle that a stop needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    pub(super) videos: [String; 2],
    pub(super) pid_file: String,
    pub(super) run_as: Option<String>,
    pub(super) is_crash_safe: bool,
}

impl Running {
    /// Checks these fields of the caller's handle. Without `boxPath` the video is one of the two that can
    /// lie beside `pidFile`.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(box_path: Value, pid_file: Value, run_as: Value) -> Result<Self, InputError> {
        let pid_file = input::path("pidFile", pid_file)?;
        let videos = if box_path == Value::Absent {
            let stem = pid_file.strip_suffix(".pid").unwrap_or(&pid_file);
            [Codec::H264Mp4, Codec::Vp9Webm].map(|codec| format!("{stem}.{}", codec.extension()))
        } else {
            let path = input::path("boxPath", box_path)?;
            [path.clone(), path]
        };
        Ok(Self { videos, pid_file, run_as: input::run_as(run_as)?, is_crash_safe: false })
    }

    /// The same with the field `crashSafe` of the handle.
    ///
    /// # Errors
    ///
    /// [`InputError`] where it is no boolean.
    pub fn crash_safe(self, crash_safe: &Value) -> Result<Self, InputError> {
        Ok(Self { is_crash_safe: input::flag("crashSafe", crash_safe)?, ..self })
    }
}

/// Interrupts ffmpeg unless an earlier stop has, and waits up to 18 seconds for its end; a crash-safe film
/// is then copied into an ordinary file. Returns whether the session ran the command. A recording that was
/// never started or has ended is no failure.
pub async fn stop(shell: &impl Shell, running: Running) -> bool {
    let Running { videos, pid_file, run_as, is_crash_safe } = &running;
    let stopped = shell.exec(command::stop(videos, pid_file, run_as.as_ref())).await;
    if *is_crash_safe {
        // The read tries again.
        let _ = ending::finish(shell, &running, false).await;
    }
    !matches!(stopped, Err(ExecFailure::Unavailable | ExecFailure::Thrown(_)))
}
