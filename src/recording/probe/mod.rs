//! What the bytes of a file tell about the film in it: an MP4 or a `WebM` file, whole or broken.
//!
//! Only headers and indexes are read. Pictures are passed over, and are not copied. A fact that the
//! bytes do not tell, or of which they tell two things, is unknown.

mod mp4;
mod webm;

use serde::Serialize;

use crate::container::Container;
use crate::input::{Given, InputError, InputErrorKind, Reader};

/// The facts of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// The container.
    pub container: &'static str,
    /// The facts of its first video track.
    #[serde(flatten)]
    pub film: Film,
    /// Whether the file is as its writer leaves it in the end.
    pub finished: bool,
    /// What the file lacks, where it is not finished.
    pub gap: Option<String>,
}

/// The facts of a video track.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Film {
    /// The codec of the pictures, where it is one of those that browsers play.
    pub codec: Option<&'static str>,
    /// The width in pixels.
    pub width: Option<u64>,
    /// The height in pixels.
    pub height: Option<u64>,
    /// The number of frames whose bytes are there.
    pub frames: Option<u64>,
    /// The time that they take, in seconds.
    pub duration_seconds: Option<f64>,
}

/// Reads the facts of a whole file; `None` where the bytes are of another format.
#[must_use]
pub fn probe(file: &[u8]) -> Option<Probe> {
    let gap = match Container::of(file) {
        Container::Other => return None,
        Container::Finished => None,
        Container::Unfinished(gap) => Some(gap.to_string()),
    };
    let (container, (facts, flaw)) = if file.get(4..8) == Some(b"ftyp") {
        ("mp4", mp4::read(file, gap.is_some()))
    } else {
        let (is_webm, read) = webm::read(file);
        (if is_webm { "webm" } else { "matroska" }, read)
    };
    let gap = gap.or_else(|| flaw.map(str::to_owned));
    Some(Probe { container, film: facts, finished: gap.is_none(), gap })
}

/// The same for a caller's bytes.
pub(crate) fn of_given<G: Given>(bytes: &Reader<G>) -> Result<Probe, G::Error> {
    let expected = "the bytes of an MP4 or WebM file";
    let (length, found) = bytes.bytes(|file| (file.len(), probe(file)))?;
    found.ok_or_else(|| {
        let (kind, field) = (InputErrorKind::Type, "bytes".into());
        let got = format!("{length} bytes of another format");
        InputError { kind, field, expected, got }.into()
    })
}
