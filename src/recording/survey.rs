//! Tells whether ffmpeg has finished a file, by a few small parts of it.

use super::artifact::Artifact;
use super::fetch::TRIES;
use super::log::ffmpeg_log;
use super::{RecordingError, command};
use crate::container::{Container, Gap, Survey};
use crate::payload::{Decoded, FramedDecoder};
use crate::shell::{Frame, Framed, Shell, Span};

/// At most this many parts are looked at. A file that ffmpeg has finished takes two or three, and one of many
/// fragments has an index at its beginning.
const PARTS: u32 = 8;

/// Fails where ffmpeg has not finished the file. A file that does not tell passes.
pub(super) async fn check_finished(
    shell: &impl Shell,
    artifact: &Artifact,
    size: u64,
) -> Result<(), RecordingError> {
    let mut survey = Survey::of(size);
    for _ in 0..PARTS {
        let Some(bytes) = part(shell, artifact, survey.part()).await? else { break };
        match survey.take(&bytes) {
            Some(Container::Unfinished(Gap::Fragments)) if artifact.accepts_fragments() => break,
            Some(Container::Unfinished(gap)) => {
                return Err(not_finished(shell, artifact, gap).await);
            }
            Some(Container::Finished | Container::Other) => break,
            None => {}
        }
    }
    Ok(())
}

/// The error of a file that ffmpeg has not finished.
pub(super) async fn not_finished(
    shell: &impl Shell,
    artifact: &Artifact,
    gap: Gap,
) -> RecordingError {
    let (log, cause) = ffmpeg_log(shell, artifact).await;
    RecordingError::NotFinished { path: artifact.path.clone(), gap, log, cause }
}

/// A part of the file; `None` where it does not come.
async fn part(
    shell: &impl Shell,
    artifact: &Artifact,
    span: Span,
) -> Result<Option<Vec<u8>>, RecordingError> {
    let Artifact { path, run_as, .. } = artifact;
    for tried in 1..=TRIES {
        let frame = Frame::new(&format!("{}+{}", span.offset, span.length));
        match shell.exec(command::piece(path, span, &frame, run_as.as_ref())).await {
            Ok(reply) => match reply.framed(&frame) {
                Framed::Whole(text) => {
                    let bytes = decoded(text).filter(|bytes| bytes.len() as u64 == span.length);
                    if bytes.is_some() {
                        return Ok(bytes);
                    }
                }
                Framed::Cut(_) | Framed::Headless(_) => {}
                Framed::Bare => return Ok(None),
            },
            Err(failure) if tried == TRIES => return Err(failure.into()),
            Err(_) => {}
        }
    }
    Ok(None)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len()];
    let mut decoder = FramedDecoder::default();
    decoder.push(text.as_bytes(), &mut bytes);
    decoder.finish(&mut bytes);
    let Decoded { length, fault, .. } = decoder.decoded();
    bytes.truncate(usize::try_from(length).ok()?);
    fault.is_none().then_some(bytes)
}
