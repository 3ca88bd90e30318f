//! Uploads a recording: the box sends its file to a presigned URL by curl, which runs beside the commands.

mod command;
mod failure;
mod request;

use std::cell::Cell;
use std::fmt::Write as _;

use command::{Directory, Place};
pub use failure::{UploadFailure, UploadFailureKind};
pub use request::{RawUpload, Upload};

use super::RecordingError;
use super::artifact::{Artifact, Finalized, Timing};
use super::facts::{Facts, unchanged};
use super::stream::checked;
use crate::shell::{Exec, ExecFailure, Frame, Framed, Instant, Reply, Shell, Thrown, tail};

/// An upload is tried this many times.
const ATTEMPTS: u32 = 2;
/// The least time for another attempt, in seconds.
const SHORTEST_SECONDS: f64 = 1.0;
/// How long the box waits before another attempt, in seconds.
const DELAY_SECONDS: u32 = 1;
/// How long one command waits for the end of the upload, in seconds: it ends inside the session's yield.
const WAIT_SECONDS: f64 = 10.0;
/// The same where the caller wants to know how far the upload is.
const OBSERVED_SECONDS: f64 = 1.0;
/// The shortest of these times. A session that has lost an answer is asked to wait for a shorter time.
const SHORTEST_WAIT_SECONDS: f64 = 0.5;
/// curl ends within this many seconds after its time is up.
const GRACE_SECONDS: f64 = 15.0;
/// A command is given this many times where its answer is lost.
const TRIES: u32 = 3;
/// An error quotes at most this many characters of what the box says.
const QUOTED: usize = 300;

/// Has the box send the recording to a store.
///
/// Nothing of the upload is left on the box where the session still runs commands.
///
/// # Errors
///
/// [`RecordingError`]. The file stays on the box in any case.
pub async fn upload(
    shell: &impl Shell,
    artifact: &Artifact,
    timing: Timing,
    upload: Upload,
    is_observed: bool,
) -> Result<Finalized, RecordingError> {
    let (facts, film) = checked(shell, artifact).await?;
    let duration_seconds = timing.seconds(shell.now().await, film);
    let wait = Cell::new(if is_observed { OBSERVED_SECONDS } else { WAIT_SECONDS });
    let uploader = Uploader { shell, artifact, upload, facts, is_observed, wait };
    uploader.run().await?;
    Ok(artifact.finalized(uploader.facts.size, duration_seconds, film))
}

/// One upload of one file.
struct Uploader<'a, S> {
    shell: &'a S,
    artifact: &'a Artifact,
    upload: Upload,
    facts: Facts,
    is_observed: bool,
    /// How long one command waits, in seconds.
    wait: Cell<f64>,
}

/// How far an upload is.
enum Report {
    /// curl has read so many bytes, where that is known.
    Sent(Option<u64>),
    /// curl has ended. What the store has said follows, with curl's report.
    Ended { exit_code: u8, out: String },
    /// It ended without a report.
    Gone,
}

/// Why an attempt failed.
enum Failed {
    Upload(UploadFailure),
    Other(RecordingError),
}

impl From<Thrown> for Failed {
    fn from(thrown: Thrown) -> Self {
        Self::Other(thrown.into())
    }
}

impl From<ExecFailure> for Failed {
    fn from(failure: ExecFailure) -> Self {
        Self::Other(failure.into())
    }
}

impl<S: Shell> Uploader<'_, S> {
    async fn run(&self) -> Result<(), RecordingError> {
        let size = self.facts.size.to_string();
        if self.upload.demanded_length().is_some_and(|length| length != size) {
            let words = format!("its size is {size} bytes, and a header demands another length");
            return Err(self.failed(UploadFailure::new(UploadFailureKind::Refused, words)));
        }
        let begun = self.shell.now().await;
        let mut attempt = 1;
        loop {
            let left = self.upload.max_seconds - seconds(begun, self.shell.now().await);
            let failure = match self.attempt(left, attempt).await {
                Ok(()) => break,
                Err(Failed::Other(error)) => return Err(error),
                Err(Failed::Upload(failure)) => failure,
            };
            let passed = seconds(begun, self.shell.now().await) + f64::from(DELAY_SECONDS);
            let is_last = attempt == ATTEMPTS
                || !failure.may_pass()
                || self.upload.max_seconds - passed < SHORTEST_SECONDS;
            if is_last {
                // A store may answer before it has read all, of a file that is the same or of one that is not.
                if failure.is_doubtful() {
                    self.unchanged(&failure).await?;
                }
                return Err(self.failed(failure));
            }
            attempt += 1;
        }
        let sent = UploadFailure::new(UploadFailureKind::Changed, "");
        self.unchanged(&sent).await
    }

    /// Rejects where the file is not the one that was to be sent, with the status and the code of `failure`.
    async fn unchanged(&self, failure: &UploadFailure) -> Result<(), RecordingError> {
        match unchanged(self.shell, self.artifact, &self.facts, None).await {
            Err(RecordingError::Changed { before, after, .. }) => {
                let words = format!("{before} bytes before, {after} bytes after");
                let kind = UploadFailureKind::Changed;
                Err(self.failed(UploadFailure { kind, words, ..failure.clone() }))
            }
            facts => facts.map(|_| ()),
        }
    }

    fn failed(&self, failure: UploadFailure) -> RecordingError {
        RecordingError::NotUploaded { path: self.artifact.path.clone(), failure }
    }

    /// Uploads once, and removes what that needed on the box.
    async fn attempt(&self, left: f64, attempt: u32) -> Result<(), Failed> {
        let place = Place::new(self.artifact);
        let sent = self.send(&place, left, attempt).await;
        match self.shell.clean_up() {
            Some(shell) => place.clean(&shell, true).await,
            None => place.clean(self.shell, false).await,
        }
        sent
    }

    async fn send(&self, place: &Place, left: f64, attempt: u32) -> Result<(), Failed> {
        let frame = Frame::new("curl");
        let delay = if attempt > 1 { DELAY_SECONDS } else { 0 };
        let left = left - f64::from(delay);
        let config = self.upload.config(&self.artifact.path, left, &frame);
        let (directory, key) = self.prepare(place, config.len(), delay).await?;
        let mut cipher = String::with_capacity(config.len() * 2);
        for (byte, key) in config.bytes().zip(key) {
            let _ = write!(cipher, "{:02x}", byte ^ key);
        }
        let begun = self.shell.now().await;
        let mut told = 0;
        let launch = |_, frame: &Frame| place.launch(&directory, &cipher, OBSERVED_SECONDS, frame);
        let mut report = self.report(launch).await?;
        loop {
            match report {
                Report::Gone => {
                    let words = "the process that sends it is gone";
                    return Err(failed(UploadFailureKind::Failed, words));
                }
                Report::Sent(sent) => {
                    if let Some(sent) = sent {
                        self.tell(&mut told, sent.min(self.facts.size)).await?;
                    }
                    if seconds(begun, self.shell.now().await) > left + GRACE_SECONDS {
                        return Err(failed(UploadFailureKind::TimedOut, ""));
                    }
                }
                Report::Ended { exit_code, out } => {
                    self.judge(exit_code, &out, &frame).map_err(Failed::Upload)?;
                    return Ok(self.tell(&mut told, self.facts.size).await?);
                }
            }
            report = self.report(|wait, frame| place.poll(&directory, wait, frame)).await?;
        }
    }

    /// Tells how many bytes were sent, where they are more than was `told` before.
    async fn tell(&self, told: &mut u64, sent: u64) -> Result<(), Thrown> {
        if !self.is_observed || sent <= *told {
            return Ok(());
        }
        *told = sent;
        self.shell.progress(sent, self.facts.size).await
    }

    /// Has the box make a directory with a key of a length. Where an answer is lost, it makes another one.
    async fn prepare(
        &self,
        place: &Place,
        length: usize,
        delay: u32,
    ) -> Result<(Directory, Vec<u8>), Failed> {
        let mut tried = 0;
        loop {
            let frame = Frame::new("key");
            let delay = if tried == 0 { delay } else { 0 };
            tried += 1;
            let reply = match self.shell.exec(place.prepare(tried, length, delay, &frame)).await {
                Ok(reply) => reply,
                Err(ExecFailure::Thrown(_)) if tried < TRIES => continue,
                Err(error) => return Err(error.into()),
            };
            if let Framed::Whole(printed) = reply.framed(&frame) {
                if printed.trim() == command::NO_CURL {
                    return Err(failed(UploadFailureKind::NoCurl, ""));
                }
                if let Some(made) = place.made(tried, length, printed) {
                    return Ok(made);
                }
            }
            if tried == TRIES {
                return Err(failed(UploadFailureKind::Failed, said(&reply)));
            }
        }
    }

    /// Asks for a report. An answer that was lost is asked for again.
    async fn report(&self, exec: impl Fn(f64, &Frame) -> Exec) -> Result<Report, Failed> {
        let mut tried = 0;
        loop {
            let frame = Frame::new("upload");
            let reply = self.shell.exec(exec(self.wait.get(), &frame)).await;
            tried += 1;
            // The session may wait for a shorter time.
            let shorter = (self.wait.get() / 4.0).max(SHORTEST_WAIT_SECONDS);
            let is_last = tried == TRIES;
            match reply {
                Ok(reply) => {
                    if let Framed::Whole(lines) = reply.framed(&frame)
                        && let Some(report) = read(lines)
                    {
                        return Ok(report);
                    }
                    self.wait.set(shorter);
                    if is_last {
                        // Its text may hold what the store has said.
                        let words = "the box does not report on it";
                        return Err(failed(UploadFailureKind::Failed, words));
                    }
                }
                Err(ExecFailure::Thrown(_)) if !is_last => self.wait.set(shorter),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Tells from what curl has printed whether all of the file was taken.
    fn judge(&self, exit_code: u8, out: &str, frame: &Frame) -> Result<(), UploadFailure> {
        let (body, line) = out.rsplit_once(&frame.prefix()).unwrap_or((out, ""));
        let mut numbers = line.trim().split(':').map(|number| number.parse::<f64>().ok());
        let mut next = || numbers.next().flatten();
        let (status, sent, proxy, connected) = (next(), next(), next(), next());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "three digits")]
        let final_status = |status: f64| (status >= 200.0).then_some(status as u16);
        // 100 is no answer yet.
        let status = status.and_then(final_status);
        let is_unreached = status.is_none()
            && (proxy.is_some_and(|status| status >= 300.0)
                || exit_code != 0 && connected == Some(0.0));
        let is_taken = status.is_some_and(|status| (200..300).contains(&status));
        #[expect(clippy::cast_precision_loss, reason = "sizes are below 2^53")]
        let is_all = sent == Some(self.facts.size as f64);
        let words = match (exit_code, is_taken) {
            (0, true) if is_all => return Ok(()),
            (0, true) => format!(
                "the store has answered after {} bytes of {}",
                sent.unwrap_or_default(),
                self.facts.size
            ),
            (0, false) => failure::code(body).unwrap_or_default().to_owned(),
            _ => match proxy.filter(|status| *status >= 300.0) {
                Some(status) => format!("the proxy has answered {status}"),
                None => failure::meaning(exit_code).to_owned(),
            },
        };
        Err(UploadFailure::of_curl(exit_code, status, is_unreached, words))
    }
}

fn failed(kind: UploadFailureKind, words: impl Into<String>) -> Failed {
    Failed::Upload(UploadFailure::new(kind, words))
}

/// What a box says in place of a key. It has not been told anything that is secret yet.
fn said(reply: &Reply) -> String {
    let stderr = reply.stderr.as_deref().unwrap_or_default().trim();
    tail(if stderr.is_empty() { reply.printed().trim() } else { stderr }, QUOTED)
}

/// Reads a report.
fn read(lines: &str) -> Option<Report> {
    let mut lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return Some(Report::Gone) };
    let (word, number) = first.split_once(' ').unwrap_or((first, ""));
    match word {
        command::SENT => Some(Report::Sent(number.parse().ok())),
        command::ENDED => {
            let out = bytes(lines.next()?.strip_suffix('.')?)?;
            let out = String::from_utf8_lossy(&out).into_owned();
            Some(Report::Ended { exit_code: number.parse().ok()?, out })
        }
        _ => None,
    }
}

/// Reads hexadecimal digits, with white space anywhere.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// The time between two answers. A caller's fake of a clock may give no number.
fn seconds(from: Instant, to: Instant) -> f64 {
    let ms = [to.steady_ms - from.steady_ms, to.epoch_ms - from.epoch_ms];
    ms.into_iter().find(|ms| !ms.is_nan()).unwrap_or_default().max(0.0) / 1_000.0
}
