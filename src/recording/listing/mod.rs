//! The recordings that are on a box, and the removal of those that nobody waits for.
//!
//! A look takes a command for each page of files. What is removed is looked at again by the command that
//! removes it, under the lock that a start holds.

mod answer;
mod command;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Codec, RecordingError};
use crate::input::{self, InputError, Value, or_default};
use crate::shell::{Frame, Framed, Shell};
use answer::{File, Kind, Page, Place};

/// The length of a page, in bytes that the command prints. In base64 it comes through a channel of 64 KiB.
const PAGE: usize = 32_000;
/// The least length that is tried: a file's name has 255 bytes at most.
const SMALLEST_PAGE: usize = 500;
/// How many recordings a command removes. A start waits for it.
const BATCH: usize = 100;

/// A directory with recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    tmp_dir: String,
    run_as: Option<String>,
}

impl Directory {
    /// Checks a caller's options.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(tmp_dir: Value, run_as: Value) -> Result<Self, InputError> {
        let tmp_dir = input::path("tmpDir", or_default(tmp_dir, "/tmp"))?;
        Ok(Self { tmp_dir, run_as: input::run_as(run_as)? })
    }
}

/// A request to remove orphans.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    directory: Directory,
    older_than_seconds: f64,
    is_dry: bool,
}

impl Sweep {
    /// Checks a caller's options.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(
        tmp_dir: Value,
        run_as: Value,
        older_than_seconds: &Value,
        dry_run: &Value,
    ) -> Result<Self, InputError> {
        let expected = "a number of seconds from 0";
        let older_than_seconds =
            input::number("olderThanSeconds", expected, older_than_seconds, |n| n >= 0.0)?;
        let is_dry = match dry_run {
            Value::Absent => false,
            &Value::Flag(is_dry) => is_dry,
            other => return Err(InputError::wrong_type("dryRun", "a boolean", other)),
        };
        Ok(Self { directory: Directory::check(tmp_dir, run_as)?, older_than_seconds, is_dry })
    }
}

/// A recording on the box. It has the fields of a handle that a stop, a read and a deletion need.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingEntry {
    /// The id that the recording was started with.
    pub recording_id: String,
    /// The encoding, by the name of the video.
    pub codec: Codec,
    /// The path of the video on the box.
    pub box_path: String,
    /// The path of the file with ffmpeg's process number.
    pub pid_file: String,
    /// The start, in milliseconds since the Unix epoch, by the box's clock.
    pub started_at: u64,
    /// The user that the calls for this recording run as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as: Option<String>,
    /// Whether the file can be played where ffmpeg dies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crash_safe: Option<bool>,
    /// The size of the video in bytes.
    pub size_bytes: u64,
    /// The last change of the video, in milliseconds since the Unix epoch, by the box's clock.
    pub modified_at: u64,
    /// Whether ffmpeg is still making it.
    pub is_running: bool,
    /// The number of the user that the video belongs to.
    pub owner_id: u64,
    /// The name of that user, where the box knows one.
    pub owner: Option<String>,
}

/// What is removed of a recording.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SweptRecording {
    /// The id that the recording was started with.
    pub recording_id: String,
    /// The encoding; `None` where there was no video.
    pub codec: Option<Codec>,
    /// The path of the video; `None` where there was none.
    pub box_path: Option<String>,
    /// The paths of the files.
    pub files: Vec<String>,
    /// The size of all of them in bytes.
    pub size_bytes: u64,
    /// The last change of one of them, in milliseconds since the Unix epoch, by the box's clock.
    pub modified_at: u64,
    /// The number of the user that they belong to.
    pub owner_id: u64,
    /// The name of that user, where the box knows one.
    pub owner: Option<String>,
}

/// All that was seen of a directory.
struct Seen {
    /// The directory, absolute.
    directory: String,
    place: Place,
    page: Page,
}

/// The files of each recording by its id.
type Groups<'a> = BTreeMap<&'a str, Vec<&'a File>>;

/// Lists the recordings in a directory, in the order of their ids.
///
/// # Errors
///
/// When the session cannot run commands or throws, and when the directory cannot be read.
pub async fn list(
    shell: &impl Shell,
    directory: &Directory,
) -> Result<Vec<RecordingEntry>, RecordingError> {
    let seen = look(shell, directory).await?;
    let mut entries = Vec::new();
    for (id, files) in seen.groups() {
        for video in &files {
            let Kind::Video(codec) = video.kind else { continue };
            let pid = files.iter().find(|file| file.kind == Kind::Pid);
            // What another user has put there tells nothing.
            let is_crash_safe = files
                .iter()
                .any(|file| file.kind == Kind::CrashSafe(codec) && file.owner_id == video.owner_id);
            let start = pid.map_or(video.modified, |pid| pid.modified);
            entries.push(RecordingEntry {
                recording_id: id.to_owned(),
                codec,
                box_path: seen.path(&video.name),
                pid_file: seen.path(&format!("og-rec-{id}.pid")),
                started_at: start * 1_000,
                run_as: directory.run_as.clone(),
                crash_safe: is_crash_safe.then_some(true),
                size_bytes: video.size,
                modified_at: video.modified * 1_000,
                is_running: seen.is_running(id, &video.name),
                owner_id: video.owner_id,
                owner: video.owner.clone(),
            });
        }
    }
    Ok(entries)
}

/// Removes the files of recordings that are not running and have not changed for a time. Returns what was
/// removed, or would be.
///
/// # Errors
///
/// Those of [`list`], and when the directory stays locked.
pub async fn sweep(
    shell: &impl Shell,
    sweep: &Sweep,
) -> Result<Vec<SweptRecording>, RecordingError> {
    let seen = look(shell, &sweep.directory).await?;
    let orphans: Vec<_> = seen
        .groups()
        .into_iter()
        .filter_map(|(id, files)| Some((id, seen.orphaned(id, files, sweep.older_than_seconds)?)))
        .collect();
    if sweep.is_dry {
        return Ok(orphans.iter().map(|(id, files)| seen.swept(id, files)).collect());
    }
    let mut removed = Vec::new();
    for batch in orphans.chunks(BATCH) {
        let gone = remove(shell, &sweep.directory, batch).await?;
        for ((id, files), gone) in batch.iter().zip(gone) {
            let files: Vec<_> = files
                .iter()
                .zip(gone)
                .filter_map(|(file, is_gone)| is_gone.then_some(*file))
                .collect();
            if !files.is_empty() {
                removed.push(seen.swept(id, &files));
            }
        }
    }
    Ok(removed)
}

/// Reads page after page.
async fn look(shell: &impl Shell, directory: &Directory) -> Result<Seen, RecordingError> {
    let mut all = Page::default();
    let mut length = PAGE;
    let not_listed = |answer: &str| RecordingError::Directory {
        what: "listed",
        path: directory.tmp_dir.clone(),
        answer: answer.to_owned(),
    };
    loop {
        let frame = Frame::new("list");
        let command =
            command::list(&directory.tmp_dir, &all.more, length, &frame, directory.run_as.as_ref());
        let reply = shell.exec(command).await?;
        let read = match reply.framed(&frame) {
            Framed::Whole(text) => answer::read(text),
            Framed::Cut(_) | Framed::Headless(_) if !reply.is_unfinished() => None,
            Framed::Cut(words) | Framed::Headless(words) => return Err(not_listed(words)),
            Framed::Bare => {
                let stderr = reply.stderr.as_deref().unwrap_or_default();
                return Err(not_listed(&format!("the box answered {}{stderr}", reply.printed())));
            }
        };
        let (place, page) = match read {
            Some(Ok(read)) => read,
            Some(Err(words)) => return Err(not_listed(&words)),
            None if length > SMALLEST_PAGE => {
                length /= 2;
                continue;
            }
            None => return Err(not_listed("the answer was cut on the way")),
        };
        all.more = page.more;
        all.files.extend(page.files);
        all.pids.extend(page.pids);
        all.processes.extend(page.processes);
        if all.more.is_empty() {
            let is_relative = !directory.tmp_dir.starts_with('/');
            let before =
                if is_relative { format!("{}/", place.working_dir) } else { String::new() };
            let path = format!("{before}{}", directory.tmp_dir);
            return Ok(Seen { directory: path, place, page: all });
        }
    }
}

/// Removes files, and returns for each of them whether it is gone.
async fn remove(
    shell: &impl Shell,
    directory: &Directory,
    batch: &[(&str, Vec<&File>)],
) -> Result<Vec<Vec<bool>>, RecordingError> {
    let frame = Frame::new("sweep");
    let groups = batch.iter().map(|(_, files)| files.as_slice());
    let command = command::sweep(&directory.tmp_dir, groups, &frame, directory.run_as.as_ref());
    let reply = shell.exec(command).await?;
    let failure = |answer: &str| RecordingError::Directory {
        what: "swept",
        path: directory.tmp_dir.clone(),
        answer: answer.to_owned(),
    };
    let text = match reply.framed(&frame) {
        Framed::Whole(text) => text,
        Framed::Cut(words) | Framed::Headless(words) => return Err(failure(words)),
        Framed::Bare => return Err(failure(&format!("the box answered {}", reply.printed()))),
    };
    if text.contains(command::LOCKED) {
        return Err(failure("another start or sweep has locked the directory"));
    }
    let mut gone: Vec<_> = batch.iter().map(|(_, files)| vec![false; files.len()]).collect();
    for line in text.lines() {
        let place = line.trim().split_once(':');
        let place = place.and_then(|(group, file)| Some((group.parse().ok()?, file.parse().ok()?)));
        let Some::<(usize, usize)>((group, file)) = place else { continue };
        if let Some(is_gone) = gone.get_mut(group).and_then(|files| files.get_mut(file)) {
            *is_gone = true;
        }
    }
    Ok(gone)
}

impl Seen {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    fn groups(&self) -> Groups<'_> {
        let mut groups = Groups::new();
        for file in &self.page.files {
            groups.entry(&file.recording_id).or_default().push(file);
        }
        groups
    }

    /// Whether the process of a recording makes this video. Without proc(5), a process with its number is
    /// taken for it.
    fn is_running(&self, id: &str, video: &str) -> bool {
        let pid = self.page.pids.iter().find(|pid| pid.recording_id == id);
        pid.is_some_and(|pid| pid.is_alive)
            || self.page.processes.iter().any(|process| {
                process.file == video
                    && (process.is_ffmpeg || pid.is_some_and(|pid| pid.number == process.number))
            })
    }

    /// The files of a recording that may be removed, if it is an orphan.
    fn orphaned<'a>(
        &self,
        id: &str,
        mut files: Vec<&'a File>,
        older_than_seconds: f64,
    ) -> Option<Vec<&'a File>> {
        let is_used = |file: &&File| {
            let names = |process: &answer::Process| process.file == file.name;
            self.is_running(id, &file.name) || self.page.processes.iter().any(names)
        };
        if files.iter().any(is_used) {
            return None;
        }
        files.retain(|file| file.owner_id == self.place.user);
        let changed = files.iter().map(|file| file.modified).max()?;
        #[expect(clippy::cast_precision_loss, reason = "times of files are below 2^53")]
        let age = self.place.now as f64 - changed as f64;
        (age > older_than_seconds).then_some(files)
    }

    fn swept(&self, id: &str, files: &[&File]) -> SweptRecording {
        let video = files.iter().find_map(|file| match file.kind {
            Kind::Video(codec) => Some((codec, self.path(&file.name))),
            _ => None,
        });
        let (codec, box_path) = video.unzip();
        SweptRecording {
            recording_id: id.to_owned(),
            codec,
            box_path,
            files: files.iter().map(|file| self.path(&file.name)).collect(),
            size_bytes: files.iter().map(|file| file.size).sum(),
            modified_at: files.iter().map(|file| file.modified * 1_000).max().unwrap_or(0),
            owner_id: self.place.user,
            owner: files.iter().find_map(|file| file.owner.clone()),
        }
    }
}
