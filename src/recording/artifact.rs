//! The file of a recording: its checks, its duration, its deletion, and its key in storage.

use serde::Serialize;

use super::capture::Running;
use super::ending::Film;
use super::process::pid_file;
use super::{Codec, RecordingError, command};
use crate::input::{self, InputError, Value};
use crate::shell::{Instant, Shell};

/// The fields of a handle that a read needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    pub(super) codec: Codec,
    pub(super) path: String,
    pub(super) run_as: Option<String>,
    pub(super) max_bytes: f64,
    is_crash_safe: bool,
    /// Whether ffmpeg had a limit of the size.
    is_limited: bool,
}

impl Artifact {
    /// Checks these fields of the caller's handle, and the limit in bytes, which may be infinite.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(
        codec: &Value,
        box_path: Value,
        run_as: Value,
        max_bytes: &Value,
    ) -> Result<Self, InputError> {
        Ok(Self {
            path: input::path("boxPath", box_path)?,
            codec: Codec::from_value(codec)?,
            run_as: input::run_as(run_as)?,
            max_bytes: input::number("maxBytes", "a number above 0", max_bytes, |n| n > 0.0)?,
            is_crash_safe: false,
            is_limited: false,
        })
    }

    /// The same with what the handle says of the options of its start.
    ///
    /// # Errors
    ///
    /// [`InputError`] where `crashSafe` is no boolean.
    pub fn started_with(self, crash_safe: &Value, limit: &Value) -> Result<Self, InputError> {
        let is_crash_safe = input::flag("crashSafe", crash_safe)?;
        Ok(Self { is_crash_safe, is_limited: *limit != Value::Absent, ..self })
    }

    /// The recording, where its film is looked at before it is read: one that can have ended before the
    /// stop, and one that needs to be copied.
    pub(super) fn running(&self) -> Option<Running> {
        (self.is_crash_safe || self.is_limited).then(|| Running {
            videos: [self.path.clone(), self.path.clone()],
            pid_file: pid_file(&self.path),
            run_as: self.run_as.clone(),
            is_crash_safe: self.is_crash_safe,
        })
    }

    /// Whether a row of whole fragments without an end is a film. That of a crash-safe recording may go on.
    pub(super) fn accepts_fragments(&self) -> bool {
        !self.is_crash_safe
    }

    /// The description of its file.
    pub(super) fn finalized(
        &self,
        size_bytes: u64,
        duration_seconds: f64,
        film: Option<Film>,
    ) -> Finalized {
        let (content_type, salvaged) = (self.codec.content_type(), Film::salvaged(film));
        Finalized { content_type, size_bytes, duration_seconds, salvaged }
    }

    /// The largest file that is read, in bytes: an array of Node 20 holds no more than 4 GiB.
    pub(super) fn most(&self) -> f64 {
        self.max_bytes.min(4_294_967_296.0)
    }

    /// Refuses a file that is larger than a limit.
    #[expect(clippy::cast_precision_loss, reason = "sizes are below 2^53")]
    pub(super) fn check_size(size: u64, max: f64) -> Result<(), RecordingError> {
        if size as f64 > max { Err(RecordingError::TooLarge { size, max }) } else { Ok(()) }
    }

    /// The largest file whose digest is asked for, in bytes, as an integer that a shell can compare.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction of a byte makes no difference, and it is 4 GiB at most"
    )]
    pub(super) fn digest_up_to(&self) -> i64 {
        self.most() as i64
    }
}

impl Timing {
    /// Checks `startedAt` of the caller's handle. Of several stops the first one counts that the session
    /// did not refuse. Where it refused all of them, the last one counts.
    ///
    /// # Errors
    ///
    /// [`InputError`] where `startedAt` is no finite number.
    pub fn check(
        started_at: &Value,
        launched_ms: Option<f64>,
        stops: &[Stop],
        max_seconds: Option<f64>,
    ) -> Result<Self, InputError> {
        let epoch_ms = "a time in milliseconds since the Unix epoch";
        let started_at = input::number("startedAt", epoch_ms, started_at, f64::is_finite)?;
        let counts = stops.iter().find(|stop| stop.refused != Some(true)).or(stops.last());
        let stopped = counts.map(|stop| stop.called_at);
        Ok(Self { started_at, launched_ms, stopped, max_seconds })
    }
}

/// A call of `stopRecording`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// The time of the call.
    pub called_at: Instant,
    /// Whether the session refused it; `None` until that is known.
    pub refused: Option<bool>,
}

/// When a recording began and ended, as far as this process knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// The start, in milliseconds since the Unix epoch.
    pub started_at: f64,
    /// The start in milliseconds of the steady clock, where this process started the recording.
    pub launched_ms: Option<f64>,
    /// The time of the stop.
    pub stopped: Option<Instant>,
    /// The limit that ffmpeg was given, in seconds.
    pub max_seconds: Option<f64>,
}

impl Timing {
    /// The duration of the film where it is known, else up to the stop, or up to now without one; rounded
    /// to whole seconds.
    pub(super) fn seconds(&self, now: Instant, film: Option<Film>) -> f64 {
        let end = self.stopped.unwrap_or(now);
        let steady_ms = self.launched_ms.map(|launched_ms| end.steady_ms - launched_ms);
        // A caller's fake of the steady clock may give no number.
        let steady_ms = steady_ms.filter(|ms| !ms.is_nan());
        let recorded_ms = steady_ms.unwrap_or(end.epoch_ms - self.started_at);
        let recorded_ms = film.and_then(|film| film.seconds).map_or(recorded_ms, |s| s * 1_000.0);
        let most = self.max_seconds.unwrap_or(f64::INFINITY);
        (recorded_ms / 1_000.0).round().min(most.floor()).max(0.0)
    }
}

/// The description of a recording whose bytes were read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finalized {
    /// The media type.
    pub content_type: &'static str,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The duration, in whole seconds.
    pub duration_seconds: f64,
    /// Whether ffmpeg had left the film unfinished, so that it was repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salvaged: Option<bool>,
}

/// The fields of a handle that a deletion needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifacts {
    box_path: String,
    pid_file: String,
    run_as: Option<String>,
    is_crash_safe: bool,
}

impl Artifacts {
    /// Checks these fields of the caller's handle.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(box_path: Value, pid_file: Value, run_as: Value) -> Result<Self, InputError> {
        Ok(Self {
            box_path: input::path("boxPath", box_path)?,
            pid_file: input::path("pidFile", pid_file)?,
            run_as: input::run_as(run_as)?,
            is_crash_safe: false,
        })
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

/// Removes the video, the process number and the log from the box. A failure of the session is ignored.
pub async fn delete_artifacts(shell: &impl Shell, artifacts: Artifacts) {
    let Artifacts { box_path, pid_file, run_as, is_crash_safe } = artifacts;
    // The caller has stored the recording before it deletes; a file that stays on the box does no harm.
    let _ = shell.exec(command::delete(&box_path, &pid_file, is_crash_safe, run_as.as_ref())).await;
}

/// The default of `maxBytes`: 256 MiB.
pub const DEFAULT_MAX_BYTES: u32 = 256 * 1024 * 1024;

/// Returns the key of a recording in object storage.
///
/// # Errors
///
/// [`InputError`] for a part that is not one name of a path, and for an unknown codec.
pub fn storage_key(
    workspace: Value,
    session: Value,
    recording: Value,
    codec: &Value,
) -> Result<String, InputError> {
    let workspace = key_part("workspaceId", workspace)?;
    let session = key_part("sessionId", session)?;
    let recording = key_part("recordingId", recording)?;
    let extension = Codec::from_value(codec)?.extension();
    Ok(format!("recordings/{workspace}/{session}/{recording}.{extension}"))
}

/// Checks a part of a key. A part with a slash could make the key of another recording.
fn key_part(field: &'static str, value: Value) -> Result<String, InputError> {
    match value {
        Value::Text(part)
            if !matches!(part.as_str(), "" | "." | "..") && !part.contains(['/', '\0']) =>
        {
            input::string(field, Value::Text(part))
        }
        other => {
            let expected = "a name, not empty, `.` or `..`, without slashes and NUL characters";
            Err(InputError::wrong_type(field, expected, &other))
        }
    }
}
