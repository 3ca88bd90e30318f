//! Recording.

use napi::Result;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use super::end::settled;
use super::flow::{NodeStep, Output, begin};
use super::value::{field, pair, value};
use crate::recording::{self, Artifact, Artifacts, Codec, Launch, RawStart, Running};

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
        Ok(Output::Started(recording::start(&shell, Launch::check(raw)?).await?))
    })
}

/// Interrupts ffmpeg and waits until it is gone.
#[napi(catch_unwind)]
pub fn stop_recording(slot: u32, pid_file: Unknown, run_as: Unknown) -> Result<NodeStep> {
    let (pid_file, run_as) = (value(pid_file)?, value(run_as)?);
    begin(slot, |shell| async move {
        let running = Running::check(pid_file, run_as)?;
        Ok(Output::Stopped(recording::stop(&shell, running).await))
    })
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
    stopped_at: Option<f64>,
) -> Result<NodeStep> {
    let (codec, box_path, started_at) = (value(codec)?, value(box_path)?, value(started_at)?);
    let (run_as, max_bytes) = (value(run_as)?, value(max_bytes)?);
    begin(slot, move |shell| async move {
        let artifact = Artifact::check(&codec, box_path, &started_at, run_as, &max_bytes)?;
        Ok(Output::Finalized(recording::read_bytes(&shell, artifact, stopped_at).await?))
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
