//! Recording: ffmpeg on the box films an X display; its file is stopped, read and deleted from
//! here.
//!
//! A recording is a file on the box from the first moment, and stays there until
//! [`delete_artifacts`] is called for it.

mod artifact;
mod capture;
mod codec;
mod command;
mod error;
mod log;
mod process;
mod read;

pub use artifact::{
    Artifact, Artifacts, DEFAULT_MAX_BYTES, Finalized, Stop, Timing, delete_artifacts, storage_key,
};
pub use capture::{Running, start, stop};
pub use codec::Codec;
pub use error::{Evidence, Reason, RecordingError, Tried, Unfinished};
pub use log::FfmpegLog;
pub use process::{Launch, RawStart, RecordingProcess};
pub use read::read_bytes;

/// Where the desktop is streamed on the box: the TCP port of noVNC's proxy.
pub const DESKTOP_STREAM_PORT: u16 = 6080;
