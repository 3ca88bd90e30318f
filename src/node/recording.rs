//! Recording.

use napi::bindgen_prelude::{Object, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

use super::flow::{OperationFlow, Output, settled};
use super::value::{field, value};
use crate::recording::{self, Artifact, Artifacts, Codec, Launch, RawProcess, RawStart, Running};

fn raw_process(process: &Object) -> Result<RawProcess> {
    Ok(RawProcess {
        codec: field(process, "codec")?,
        box_path: field(process, "boxPath")?,
        pid_file: field(process, "pidFile")?,
        started_at: field(process, "startedAt")?,
        run_as: field(process, "runAs")?,
    })
}

/// Launches ffmpeg.
#[napi(catch_unwind)]
pub fn start_recording(input: Object) -> Result<OperationFlow> {
    let raw = RawStart {
        recording_id: field(&input, "recordingId")?,
        codec: field(&input, "codec")?,
        framerate: field(&input, "framerate")?,
        max_seconds: field(&input, "maxSeconds")?,
        dimensions: field(&input, "dimensions")?,
        display: field(&input, "display")?,
        run_as: field(&input, "runAs")?,
        tmp_dir: field(&input, "tmpDir")?,
    };
    Ok(OperationFlow::new(|shell| async move {
        Ok(Output::Started(recording::start(&shell, Launch::check(raw)?).await?))
    }))
}

/// Interrupts ffmpeg and waits until it is gone.
#[napi(catch_unwind)]
pub fn stop_recording(process: Object) -> Result<OperationFlow> {
    let raw = raw_process(&process)?;
    Ok(OperationFlow::new(|shell| async move {
        Ok(Output::Stopped(recording::stop(&shell, Running::check(raw)?).await))
    }))
}

/// Reads the recording.
#[napi(catch_unwind)]
pub fn read_recording_bytes(
    process: Object,
    max_bytes: Unknown,
    stopped_at: Option<f64>,
) -> Result<OperationFlow> {
    let (raw, max_bytes) = (raw_process(&process)?, value(max_bytes)?);
    Ok(OperationFlow::new(move |shell| async move {
        let artifact = Artifact::check(raw, &max_bytes)?;
        Ok(Output::Finalized(recording::read_bytes(&shell, artifact, stopped_at).await?))
    }))
}

/// Removes the recording from the box.
#[napi(catch_unwind)]
pub fn delete_recording_artifacts(process: Object) -> Result<OperationFlow> {
    let raw = raw_process(&process)?;
    Ok(OperationFlow::new(|shell| async move {
        recording::delete_artifacts(&shell, Artifacts::check(raw)?).await;
        Ok(Output::Deleted)
    }))
}

/// The key of a recording in object storage.
#[napi(catch_unwind, ts_return_type = "import('./js/driver.js').Step")]
pub fn recording_storage_key<'env>(
    env: &'env Env,
    workspace: String,
    session: String,
    recording: String,
    codec: Unknown,
) -> Result<Unknown<'env>> {
    let codec = Codec::from_value(&value(codec)?);
    settled(
        env,
        codec
            .map(|codec| recording::storage_key(&workspace, &session, &recording, codec))
            .map(Output::Text)
            .map_err(Into::into),
    )
}

/// The media type of a codec's container.
#[napi(catch_unwind, ts_return_type = "import('./js/driver.js').Step")]
pub fn content_type_for_codec<'env>(env: &'env Env, codec: Unknown) -> Result<Unknown<'env>> {
    codec_text(env, codec, Codec::content_type)
}

/// The file name extension of a codec's container.
#[napi(catch_unwind, ts_return_type = "import('./js/driver.js').Step")]
pub fn ext_for_codec<'env>(env: &'env Env, codec: Unknown) -> Result<Unknown<'env>> {
    codec_text(env, codec, Codec::extension)
}

fn codec_text<'env>(
    env: &'env Env,
    codec: Unknown,
    text: fn(Codec) -> &'static str,
) -> Result<Unknown<'env>> {
    let codec = Codec::from_value(&value(codec)?);
    settled(env, codec.map(text).map(str::to_owned).map(Output::Text).map_err(Into::into))
}
