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

pub use artifact::{Artifact, Artifacts, Finalized, delete_artifacts, read_bytes, storage_key};
pub use capture::{Launch, Running, start, stop};
pub use codec::Codec;
pub use error::{Evidence, Reason, RecordingError};
pub use log::FfmpegLog;
pub use process::{RawStart, RecordingProcess};
