//! The two encodings.

use serde::Serialize;

use crate::container::Gap;
use crate::input::{InputError, Value};

/// The encoding of a recording and its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Codec {
    /// H.264 in MP4.
    #[serde(rename = "h264-mp4")]
    H264Mp4,
    /// VP9 in `WebM`.
    #[serde(rename = "vp9-webm")]
    Vp9Webm,
}

impl Codec {
    /// Reads the codec's name.
    ///
    /// # Errors
    ///
    /// [`InputError`] for anything but the two names.
    pub fn from_value(value: &Value) -> Result<Self, InputError> {
        match value {
            Value::Text(name) if name == "h264-mp4" => Ok(Self::H264Mp4),
            Value::Text(name) if name == "vp9-webm" => Ok(Self::Vp9Webm),
            other => Err(InputError::wrong_type("codec", r#""h264-mp4" or "vp9-webm""#, other)),
        }
    }

    /// The media type of the container (RFC 4337; the `WebM` project's container guidelines).
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::H264Mp4 => "video/mp4",
            Self::Vp9Webm => "video/webm",
        }
    }

    /// What a crash-safe file lacks that ffmpeg has not finished.
    pub(super) fn open_end(self) -> Gap {
        match self {
            Self::H264Mp4 => Gap::Fragments,
            Self::Vp9Webm => Gap::SegmentSize,
        }
    }

    /// The file name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::H264Mp4 => "mp4",
            Self::Vp9Webm => "webm",
        }
    }
}
