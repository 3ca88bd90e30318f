//! Recording.

use napi::Result;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::end::settled;
use super::flow::{NodeStep, Output, Started, begin};
use super::value::{field, pair, value};
use crate::recording::{self, Artifact, Artifacts, Codec, Launch, RawStart, Running, Timing};
use crate::shell::{Channel, Instant};

/// Where the desktop is streamed on the box.
#[napi]
pub const DESKTOP_STREAM_PORT: u16 = recording::DESKTOP_STREAM_PORT;

/// The largest recording to read where the caller sets no limit, in bytes.
#[napi]
pub const DEFAULT_MAX_BYTES: u32 = recording::DEFAULT_MAX_BYTES;

/// Launches ffmpeg.
#[napi(catch_unwind)]
pub fn start_recording(slot: u32, input: Object) -> Result<NodeStep> {
    let raw = RawStart {
        recording_id: field(&input, "recordingId")?,
        codec: field(&input, "codec")?,
        framerate: field(&input, "framerate")?,
        max_seconds: field(&input, "maxSeconds")?,
        dimensions: pair(&input, "dimensions")?,
        display: field(&input, "display")?,
        run_as: field(&input, "runAs")?,
        tmp_dir: field(&input, "tmpDir")?,
    };
    begin(slot, |shell| async move {
        let launch = Launch::check(raw)?;
        let max_seconds = launch.max_seconds();
        let (process, now) = recording::start(&shell, launch).await?;
        Ok(Output::Started(Started { process, launched_ms: now.steady_ms, max_seconds }))
    })
}

/// Interrupts ffmpeg and waits until it is gone.
#[napi(catch_unwind)]
pub fn stop_recording(
    slot: u32,
    box_path: Unknown,
    pid_file: Unknown,
    run_as: Unknown,
) -> Result<NodeStep> {
    let (box_path, pid_file, run_as) = (value(box_path)?, value(pid_file)?, value(run_as)?);
    begin(slot, |shell| async move {
        let running = Running::check(box_path, pid_file, run_as)?;
        Ok(Output::Stopped(recording::stop(&shell, running).await))
    })
}

/// What this process knows of a recording and of the session, beside the handle.
#[napi(object)]
pub struct Known {
    /// When it was started, by the steady clock.
    pub launched_ms: Option<f64>,
    /// When it was stopped: milliseconds since the Unix epoch, and by the steady clock.
    pub stopped: Option<Vec<f64>>,
    /// What ffmpeg films at most, in seconds.
    pub max_seconds: Option<f64>,
    /// What an earlier operation had remembered of the session's channel.
    pub channel: Option<(f64, u32)>,
}

/// Reads the recording.
#[napi(catch_unwind)]
pub fn read_recording_bytes(
    slot: u32,
    codec: Unknown,
    box_path: Unknown,
    started_at: Unknown,
    run_as: Unknown,
    max_bytes: Unknown,
    known: Known,
) -> Result<NodeStep> {
    let (codec, box_path, started_at) = (value(codec)?, value(box_path)?, value(started_at)?);
    let (run_as, max_bytes) = (value(run_as)?, value(max_bytes)?);
    begin(slot, move |shell| async move {
        let Known { launched_ms, stopped, max_seconds, channel } = known;
        let stopped = match stopped.as_deref() {
            Some(&[epoch_ms, steady_ms]) => Some(Instant { epoch_ms, steady_ms }),
            _ => None,
        };
        let artifact = Artifact::check(&codec, box_path, run_as, &max_bytes)?;
        let timing = Timing::check(&started_at, launched_ms, stopped, max_seconds)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the length is the core's own"
        )]
        let channel =
            channel.map(|(length, patience)| Channel::remembered(length as u64, patience));
        Ok(Output::Finalized(recording::read_bytes(&shell, artifact, timing, channel).await?))
    })
}

/// Removes the recording from the box.
#[napi(catch_unwind)]
pub fn delete_recording_artifacts(
    slot: u32,
    box_path: Unknown,
    pid_file: Unknown,
    run_as: Unknown,
) -> Result<NodeStep> {
    let (box_path, pid_file, run_as) = (value(box_path)?, value(pid_file)?, value(run_as)?);
    begin(slot, |shell| async move {
        let artifacts = Artifacts::check(box_path, pid_file, run_as)?;
        recording::delete_artifacts(&shell, artifacts).await;
        Ok(Output::Deleted)
    })
}

/// The key of a recording in object storage.
#[napi(catch_unwind)]
pub fn recording_storage_key(
    workspace: Unknown,
    session: Unknown,
    recording: Unknown,
    codec: Unknown,
) -> Result<String> {
    let (workspace, session, recording) = (value(workspace)?, value(session)?, value(recording)?);
    let codec = value(codec)?;
    settled(recording::storage_key(workspace, session, recording, &codec))
}

/// The media type of a codec's container.
#[napi(catch_unwind)]
pub fn content_type_for_codec(codec: Unknown) -> Result<String> {
    codec_text(codec, Codec::content_type)
}

/// The file name extension of a codec's container.
#[napi(catch_unwind)]
pub fn ext_for_codec(codec: Unknown) -> Result<String> {
    codec_text(codec, Codec::extension)
}

fn codec_text(codec: Unknown, text: fn(Codec) -> &'static str) -> Result<String> {
    settled(Codec::from_value(&value(codec)?).map(text))
}
