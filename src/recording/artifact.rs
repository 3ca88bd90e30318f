//! The file that a recording leaves on the box: reading, deleting, naming.

use serde::Serialize;

use super::{Codec, Evidence, FfmpegLog, RecordingError, Unfinished, command};
use crate::ecmascript::trim;
use crate::input::{self, InputError, Value};
use crate::shell::{ExecFailure, Length, Shell, Thrown, body};

/// What reading needs of a handle.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    codec: Codec,
    path: String,
    started_at: f64,
    run_as: Option<String>,
    max_bytes: f64,
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
        started_at: &Value,
        run_as: Value,
        max_bytes: &Value,
    ) -> Result<Self, InputError> {
        let epoch_ms = "a time in milliseconds since the Unix epoch";
        Ok(Self {
            path: input::path("boxPath", box_path)?,
            codec: Codec::from_value(codec)?,
            started_at: input::number("startedAt", epoch_ms, started_at, f64::is_finite)?,
            run_as: input::run_as(run_as)?,
            max_bytes: input::number("maxBytes", "a number above 0", max_bytes, |n| n > 0.0)?,
        })
    }
}

/// What is known of a recording whose bytes were read.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finalized {
    /// The media type.
    pub content_type: &'static str,
    /// The size in bytes.
    pub size_bytes: u64,
    /// How long was recorded, in whole seconds of wall-clock time.
    pub duration_seconds: f64,
}

/// Reads the recording from the box. The bytes stay where [`Shell::decode`] puts them.
///
/// `stopped_at` is when the recording was stopped, in milliseconds since the Unix epoch; without
/// it the duration counts up to now.
///
/// # Errors
///
/// [`RecordingError`]. Bytes that are not exactly the file are never accepted, and the file stays
/// on the box.
pub async fn read_bytes(
    shell: &impl Shell,
    artifact: Artifact,
    stopped_at: Option<f64>,
) -> Result<Finalized, RecordingError> {
    if !shell.can_exec().await? {
        return Err(RecordingError::FinalizeUnavailable);
    }
    let Artifact { path, run_as, .. } = &artifact;
    let size = size(shell, &artifact).await?;
    if size > artifact.max_bytes {
        return Err(RecordingError::TooLarge { size, max: artifact.max_bytes });
    }

    let reply = shell.exec_held(command::read(path, run_as.as_ref())).await?;
    let mut evidence = Evidence::of(&reply);
    let Some((stream, text)) = reply.payload() else {
        return Err(RecordingError::NoBytes { path: path.clone(), evidence });
    };
    let decoded = shell.decode(stream, capacity(size, text.length())).await?;
    evidence.unfinished.0 = evidence.unfinished.0.or(decoded.unfinished);
    if decoded.length == 0 && decoded.fault.is_none() {
        return Err(RecordingError::NoBytes { path: path.clone(), evidence });
    }
    if decoded.fault.is_some() || !is_exactly(size, decoded.length) {
        return Err(RecordingError::Corrupt {
            path: path.clone(),
            expected: size,
            received: decoded.length,
            fault: decoded.fault,
            evidence,
        });
    }

    let ended_at = match stopped_at {
        Some(stopped_at) => stopped_at,
        None => shell.now().await,
    };
    let recorded_ms = ended_at - artifact.started_at;
    Ok(Finalized {
        content_type: artifact.codec.content_type(),
        size_bytes: decoded.length,
        duration_seconds: (recorded_ms / 1_000.0).round().max(0.0),
    })
}

/// The size of the file in bytes: above 0 and finite.
async fn size(shell: &impl Shell, artifact: &Artifact) -> Result<f64, RecordingError> {
    let Artifact { path, run_as, .. } = artifact;
    let reply = shell.exec(command::size(path, run_as.as_ref())).await?;
    let printed = reply.payload().map_or("", |(_, text)| text);
    let line = printed.split('\n').map(trim).rfind(|line| !line.is_empty());
    let line = line.unwrap_or(command::MISSING);
    let (path, unfinished) = (path.clone(), Unfinished(reply.unfinished()));
    if line == command::MISSING {
        let (log, cause) = ffmpeg_log(shell, artifact).await;
        return Err(RecordingError::Missing { path, unfinished, log, cause });
    }
    match digits(line) {
        Some(size) if size > 0.0 => Ok(size),
        Some(_) => {
            let (log, cause) = ffmpeg_log(shell, artifact).await;
            Err(RecordingError::Empty { path, log, cause })
        }
        None => Err(RecordingError::NoSize { path, unfinished }),
    }
}

/// The number that decimal digits stand for. `stat` prints nothing else; a sign, a fraction or an
/// exponent comes from elsewhere.
fn digits(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// Why there is no recording, as far as the box can still tell.
async fn ffmpeg_log(shell: &impl Shell, artifact: &Artifact) -> (FfmpegLog, Option<Thrown>) {
    match shell.exec(command::log_tail(&artifact.path, artifact.run_as.as_ref())).await {
        Ok(reply) => {
            let printed = reply.payload().map_or("", |(_, text)| text);
            let log = body(printed);
            // What comes without the banner and with a failure is not the log: the command itself
            // could not run.
            let is_log = log.len() < printed.len() || matches!(reply.exit_code, None | Some(0.0));
            (FfmpegLog(if is_log { log.trim().to_owned() } else { String::new() }), None)
        }
        Err(ExecFailure::Thrown(thrown)) => (FfmpegLog::default(), Some(thrown)),
        Err(ExecFailure::Unavailable) => (FfmpegLog::default(), None),
    }
}

/// Room for the file, but never for more than the text can stand for: a size that is not true
/// must not reserve memory.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the size is finite and positive, and the smaller of the two is taken"
)]
fn capacity(size: f64, text_length: usize) -> u64 {
    (size as u64).min((text_length as u64).div_ceil(4) * 3)
}

#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "sizes are below 2^53")]
fn is_exactly(size: f64, length: u64) -> bool {
    length as f64 == size
}

/// What deleting needs of a handle.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifacts {
    box_path: String,
    pid_file: String,
    run_as: Option<String>,
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
        })
    }
}

/// Removes the video, the process number and the log from the box, as far as the session lets it.
pub async fn delete_artifacts(shell: &impl Shell, artifacts: Artifacts) {
    let Artifacts { box_path, pid_file, run_as } = artifacts;
    // Whoever deletes has the recording in storage already; what is left on the box is litter.
    let _ = shell.exec(command::delete(&box_path, &pid_file, run_as.as_ref())).await;
}

/// The largest recording to read where the caller sets no limit: 256 MiB.
pub const DEFAULT_MAX_BYTES: u32 = 256 * 1024 * 1024;

/// The key of a recording in object storage.
///
/// # Errors
///
/// [`InputError`] for a part that is no string, or an unknown codec.
pub fn storage_key(
    workspace: Value,
    session: Value,
    recording: Value,
    codec: &Value,
) -> Result<String, InputError> {
    let workspace = input::string("workspaceId", workspace)?;
    let session = input::string("sessionId", session)?;
    let recording = input::string("recordingId", recording)?;
    let extension = Codec::from_value(codec)?.extension();
    Ok(format!("recordings/{workspace}/{session}/{recording}.{extension}"))
}
