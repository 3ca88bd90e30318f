//! Recording: starts and stops ffmpeg on the box, which films an X display, and reads and deletes its
//! file.
//!
//! The file stays on the box until [`delete_artifacts`] removes it.

mod artifact;
mod capture;
mod codec;
mod command;
mod ending;
mod error;
mod facts;
mod fetch;
mod listing;
mod log;
mod piece;
mod probe;
mod process;
mod read;
mod stream;
mod survey;
mod upload;
mod verify;

pub use artifact::{
    Artifact, Artifacts, DEFAULT_MAX_BYTES, Finalized, Stop, Timing, delete_artifacts, storage_key,
};
pub use capture::{Running, start, stop};
pub use codec::Codec;
pub use ending::{Signal, StopReport, stop_and_report};
pub use error::{Evidence, Reason, RecordingError, Tried, Unfinished};
pub use listing::{Directory, RecordingEntry, Sweep, SweptRecording, list, sweep};
pub use log::FfmpegLog;
pub(crate) use probe::of_given as probe_given;
pub use probe::{Film, Probe, probe};
pub use process::{Launch, RawStart, RecordingProcess};
pub use read::read_bytes;
pub use stream::{Offset, inspect, read_stream};
pub use upload::{RawUpload, Upload, UploadFailure, UploadFailureKind, upload};

/// The TCP port of noVNC's proxy on the box, which streams the desktop.
pub const DESKTOP_STREAM_PORT: u16 = 6080;
