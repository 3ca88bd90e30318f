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

pub use artifact::{
    Artifact, Artifacts, DEFAULT_MAX_BYTES, Finalized, delete_artifacts, read_bytes, storage_key,
};
pub use capture::{Launch, Running, start, stop};
pub use codec::Codec;
pub use error::{Evidence, Reason, RecordingError, Unfinished};
pub use log::FfmpegLog;
pub use process::{RawStart, RecordingProcess};

/// Where the desktop is streamed on the box: the TCP port of noVNC's proxy.
pub const DESKTOP_STREAM_PORT: u16 = 6080;
