//! The answer to a look at a directory: records that end with NUL, in base64.
//!
//! The first letter tells the kind of a record. Numbers come before names, which can hold any character but
//! `/` and NUL.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::recording::Codec;

/// What a file of a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The video.
    Video(Codec),
    /// What tells that the video is crash-safe.
    CrashSafe(Codec),
    /// The number of ffmpeg's process.
    Pid,
    /// ffmpeg's log, the stop's marker, or a copy that was not finished.
    Side,
}

/// The ends of the names of copies of a video that mktemp(1) has named, as a pattern of the shell.
pub(super) const COPIES: &str = "*.mp4.[[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]]|\
     *.webm.[[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]][[:alnum:]]";

/// The names of a recording's files after `og-rec-<recordingId>`.
pub(super) const SUFFIXES: [(&str, Kind); 7] = [
    (".mp4", Kind::Video(Codec::H264Mp4)),
    (".webm", Kind::Video(Codec::Vp9Webm)),
    (".mp4.safe", Kind::CrashSafe(Codec::H264Mp4)),
    (".webm.safe", Kind::CrashSafe(Codec::Vp9Webm)),
    (".log", Kind::Side),
    (".pid", Kind::Pid),
    (".pid.int", Kind::Side),
];

/// A regular file of a recording.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) recording_id: String,
    pub(super) kind: Kind,
    /// Its size in bytes.
    pub(super) size: u64,
    /// Its last change, in seconds since the Unix epoch.
    pub(super) modified: u64,
    /// The number of its inode.
    pub(super) inode: u64,
    pub(super) owner_id: u64,
    pub(super) owner: Option<String>,
}

/// The process number in a recording's file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pid {
    pub(super) recording_id: String,
    pub(super) number: u64,
    /// Whether there is such a process, on a box without proc(5).
    pub(super) is_alive: bool,
}

/// A process that has the path of a file in the directory as an argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Process {
    pub(super) number: u64,
    pub(super) file: String,
    /// Whether it is an ffmpeg that writes the file: the path is its last argument.
    pub(super) is_ffmpeg: bool,
}

/// Where and when the look was.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Place {
    pub(super) working_dir: String,
    /// The number of the user who looks.
    pub(super) user: u64,
    /// Seconds since the Unix epoch.
    pub(super) now: u64,
}

/// A part of what there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Page {
    pub(super) files: Vec<File>,
    pub(super) pids: Vec<Pid>,
    pub(super) processes: Vec<Process>,
    /// The name of the last file, where there may be more of them.
    pub(super) more: Vec<u8>,
}

/// Reads an answer; `None` where it is not whole, and words where the box refuses.
pub(super) fn read(text: &str) -> Option<Result<(Place, Page), String>> {
    let plain: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let plain = STANDARD.decode(plain).ok()?;
    let mut place = Place::default();
    let mut page = Page::default();
    let mut is_whole = false;
    for record in plain.split(|&byte| byte == 0) {
        let Some((&letter, rest)) = record.split_first() else { continue };
        if letter == b'C' {
            page.more = rest.to_vec();
            continue;
        }
        // A name that is no text is of no recording.
        let text = String::from_utf8_lossy(rest);
        match letter {
            b'E' => return Some(Err(text.into_owned())),
            b'D' => place.working_dir = text.into_owned(),
            b'U' => place.user = text.parse().ok()?,
            b'T' => (place.now, is_whole) = (text.parse().ok()?, true),
            b'S' => page.files.extend(rest.split(|&byte| byte == b'\n').filter_map(file)),
            b'N' => page.files.extend(file(rest)),
            b'P' => page.pids.extend(pid(&text)),
            b'A' => page.processes.extend(process(&text)),
            _ => return None,
        }
    }
    is_whole.then_some(Ok((place, page)))
}

/// Mode, size, time, inode, number and name of the owner, and the name.
fn file(record: &[u8]) -> Option<File> {
    const REGULAR: u32 = 0o100_000;
    let record = str::from_utf8(record).ok()?;
    let mut fields = record.splitn(7, ':');
    let mode = u32::from_str_radix(fields.next()?, 16).ok()?;
    let mut number = || fields.next()?.parse().ok();
    let (size, modified, inode, owner_id) = (number()?, number()?, number()?, number()?);
    let owner = Some(fields.next()?.to_owned()).filter(|owner| owner != "UNKNOWN");
    let name = fields.next()?.trim_start_matches("./");
    let (recording_id, kind) = of_recording(name)?;
    (mode & 0o170_000 == REGULAR).then(|| File {
        name: name.to_owned(),
        recording_id: recording_id.to_owned(),
        kind,
        size,
        modified,
        inode,
        owner_id,
        owner,
    })
}

/// The id in the name of a recording's file.
fn of_recording(name: &str) -> Option<(&str, Kind)> {
    let rest = name.strip_prefix("og-rec-")?;
    let of = |(suffix, kind)| Some((rest.strip_suffix(suffix)?, kind));
    let of_copy = || {
        let (video, end) = rest.rsplit_once('.')?;
        let id = video.strip_suffix(".mp4").or_else(|| video.strip_suffix(".webm"))?;
        let is_copy = end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_copy.then_some((id, Kind::Side))
    };
    SUFFIXES.into_iter().find_map(of).or_else(of_copy).filter(|(id, _)| !id.is_empty())
}

fn pid(record: &str) -> Option<Pid> {
    let mut fields = record.splitn(3, ':');
    let (is_alive, number, name) = (fields.next()? == "1", fields.next()?, fields.next()?);
    let (recording_id, _) = of_recording(name)?;
    // A number that is too long is of no process.
    let number = number.parse().unwrap_or(0);
    Some(Pid { recording_id: recording_id.to_owned(), number, is_alive })
}

fn process(record: &str) -> Option<Process> {
    let mut fields = record.splitn(3, ':');
    let (number, is_ffmpeg) = (fields.next()?.parse().ok()?, fields.next()? == "1");
    Some(Process { number, file: fields.next()?.to_owned(), is_ffmpeg })
}
