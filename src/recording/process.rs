//! The request to record, and the handle of a recording.

use std::ops::RangeInclusive;

use serde::Serialize;

use super::Codec;
use crate::input::{self, InputError, InputErrorKind, Value, or_default};

const DEFAULT_DIMENSIONS: [f64; 2] = [1280.0, 800.0];
const DEFAULT_FRAMERATE: f64 = 15.0;
const DEFAULT_MAX_SECONDS: f64 = 600.0;
/// The name of a copy in the end, `og-rec-<id>.webm.XXXXXX`, has 255 bytes at most (`NAME_MAX`).
const LONGEST_CRASH_SAFE_ID: usize = 236;
/// ffmpeg counts durations in microseconds, with 63 bits (ffmpeg-utils(1), time duration).
const MAX_SECONDS: RangeInclusive<f64> = 1e-6..=9_223_372_036_854.0;

/// The handle of a recording. The caller passes it to each later call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingProcess {
    /// The caller's id of the recording.
    pub recording_id: String,
    /// The encoding.
    pub codec: Codec,
    /// The path of the video on the box.
    pub box_path: String,
    /// The path of the file with ffmpeg's process number.
    pub pid_file: String,
    /// Width and height in pixels.
    pub dimensions: [f64; 2],
    /// Frames per second.
    pub framerate: f64,
    /// When ffmpeg was launched, in milliseconds since the Unix epoch.
    pub started_at: f64,
    /// The X display, such as `:0`.
    pub display: String,
    /// The user that ffmpeg runs as; default: the session's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// Whether the file can be played where ffmpeg dies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crash_safe: Option<bool>,
    /// The size at which ffmpeg ends the film, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<f64>,
}

/// A request to record, unchecked.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of StartRecordingInput in types/")]
pub struct RawStart {
    pub recording_id: Value,
    pub codec: Value,
    pub framerate: Value,
    pub max_seconds: Value,
    pub dimensions: Value,
    pub display: Value,
    pub run_as: Value,
    pub tmp_dir: Value,
    pub verify: Value,
    pub crash_safe: Value,
    pub max_bytes: Value,
    pub dispose: Value,
}

/// A checked request to record.
#[derive(Debug, Clone, PartialEq)]
pub struct Launch {
    pub(super) process: RecordingProcess,
    pub(super) max_seconds: f64,
    /// Whether the start waits until ffmpeg writes.
    pub(super) verifies: bool,
    /// The caller's limit of the size in bytes, which may be infinite.
    pub(super) max_bytes: Option<f64>,
    /// Whether the paths are relative to the working directory of the box's shell.
    pub(super) is_relative: bool,
}

impl Launch {
    /// Checks a request, and fills in the defaults.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(input: RawStart) -> Result<Self, InputError> {
        let recording_id = recording_id(input.recording_id)?;
        let codec = Codec::from_value(&or_default(input.codec, "h264-mp4"))?;
        let framerate = or_default(input.framerate, DEFAULT_FRAMERATE);
        let framerate =
            input::number("framerate", "a number from 1 to 1000", &framerate, |framerate| {
                (1.0..=1_000.0).contains(&framerate)
            })?;
        let max_seconds = or_default(input.max_seconds, DEFAULT_MAX_SECONDS);
        let max_seconds = input::number(
            "maxSeconds",
            "a number from 0.000001 to 9223372036854",
            &max_seconds,
            |seconds| MAX_SECONDS.contains(&seconds),
        )?;
        let dimensions = dimensions(&or_default(input.dimensions, DEFAULT_DIMENSIONS))?;
        let display = input::text("display", or_default(input.display, ":0"))?;
        let tmp_dir = input::path("tmpDir", or_default(input.tmp_dir, "/tmp"))?;
        let run_as = input::run_as(input.run_as)?;
        let verifies = input::flag("verify", &input.verify)?;
        let crash_safe = input::flag("crashSafe", &input.crash_safe)?;
        if crash_safe && recording_id.len() > LONGEST_CRASH_SAFE_ID {
            let got = format!("one of {} bytes", recording_id.len());
            let expected = "a string of up to 236 bytes with crashSafe";
            let (kind, field) = (InputErrorKind::Range, "recordingId".into());
            return Err(InputError { kind, field, expected, got });
        }
        let max_bytes = match input.max_bytes {
            Value::Absent => None,
            given => Some(input::number("maxBytes", "a number above 0", &given, |n| n > 0.0)?),
        };
        input::flag("dispose", &input.dispose)?;

        let stem = format!("{tmp_dir}/og-rec-{recording_id}");
        let is_relative = !stem.starts_with('/');
        let process = RecordingProcess {
            recording_id,
            codec,
            box_path: format!("{stem}.{}", codec.extension()),
            pid_file: format!("{stem}.pid"),
            dimensions,
            framerate,
            started_at: f64::NAN,
            display,
            run_as,
            crash_safe: crash_safe.then_some(true),
            max_bytes: max_bytes.filter(|bytes| bytes.is_finite()),
        };
        Ok(Self { process, max_seconds, verifies, max_bytes, is_relative })
    }
}

impl Launch {
    /// The limit that ffmpeg is given, in seconds.
    #[must_use]
    pub fn max_seconds(&self) -> f64 {
        self.max_seconds
    }
}

impl RecordingProcess {
    /// The same handle with its paths under `directory`.
    pub(super) fn within(self, directory: &str) -> Self {
        let path = |path: &str| format!("{directory}/{path}");
        Self { box_path: path(&self.box_path), pid_file: path(&self.pid_file), ..self }
    }
}

fn recording_id(value: Value) -> Result<String, InputError> {
    match value {
        Value::Text(id) if !id.is_empty() && !id.contains(['\0', '/']) => {
            input::string("recordingId", Value::Text(id))
        }
        other => {
            let expected = "a non-empty string without slashes and NUL characters";
            Err(InputError::wrong_type("recordingId", expected, &other))
        }
    }
}

fn dimensions(value: &Value) -> Result<[f64; 2], InputError> {
    let Value::List(sides) = value else {
        return Err(InputError::wrong_type("dimensions", "an array [width, height]", value));
    };
    let [width, height] = [0, 1].map(|at| sides.get(at).unwrap_or(&Value::Absent));
    let side = |field, value| {
        let whole = |n: f64| n.is_finite() && n > 0.0 && n.fract() == 0.0;
        input::number(field, "a positive integer of pixels", value, whole)
    };
    Ok([side("dimensions[0] (width)", width)?, side("dimensions[1] (height)", height)?])
}

/// The path of ffmpeg's log, beside the video.
pub(super) fn log_file(box_path: &str) -> String {
    sibling(box_path, "log")
}

/// The path of ffmpeg's process number, beside the video.
pub(super) fn pid_file(box_path: &str) -> String {
    sibling(box_path, "pid")
}

/// The path of a video with another extension. A path without `.mp4` or `.webm` is returned as it is.
pub(super) fn sibling(box_path: &str, extension: &str) -> String {
    let stem = box_path.strip_suffix(".mp4").or_else(|| box_path.strip_suffix(".webm"));
    stem.map_or_else(|| box_path.to_owned(), |stem| format!("{stem}.{extension}"))
}
