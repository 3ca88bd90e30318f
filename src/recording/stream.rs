//! Hands out a recording piece by piece, and describes one without reading it.

use std::collections::BTreeMap;

use super::RecordingError;
use super::artifact::{Artifact, Finalized, Timing};
use super::ending::{self, Film};
use super::facts::{Facts, facts, unchanged};
use super::fetch::Fetch;
use super::piece::Pieces;
use super::survey::{check_finished, not_finished};
use crate::input::{self, InputError, Value};
use crate::shell::{Channel, Shell, Span};

/// The largest piece of a stream, in bytes. Its base64 has 256 KiB. The garbage of longer pieces, that of the
/// session included, takes more memory than a stream is to take.
const LARGEST: u64 = 196_608;

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset(u64);

impl Offset {
    /// Checks the caller's offset.
    ///
    /// # Errors
    ///
    /// [`InputError`] where it is no whole number of bytes.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    pub fn check(offset: &Value) -> Result<Self, InputError> {
        let is_offset = |n: f64| n.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&n);
        let expected = "a whole number of bytes, 0 or above";
        Ok(Self(input::number("offset", expected, offset, is_offset)? as u64))
    }
}

/// Hands out the recording from an offset on. Each piece is proven before it is handed out, and the last one
/// after the file was seen to be the same still.
///
/// # Errors
///
/// As [`super::read_bytes`]. The pieces before the failure have been handed out.
pub async fn read_stream(
    shell: &impl Shell,
    artifact: Artifact,
    Offset(offset): Offset,
    is_observed: bool,
    channel: Option<Channel>,
) -> Result<(), RecordingError> {
    let (facts, _) = checked(shell, &artifact).await?;
    let size = facts.size;
    if offset > size {
        return Err(RecordingError::BeyondEnd { path: artifact.path, size, offset });
    }
    let known = channel.and_then(|channel| channel.known());
    let mut channel = channel.unwrap_or_default().up_to(LARGEST);
    let pieces = Pieces::streamed(shell, &artifact, size);
    let rest = Span { offset, length: size - offset };
    let mut fetch = Fetch::new(&pieces, &mut channel, std::iter::once(rest));
    let read = hand_out(shell, &artifact, &facts, &mut fetch, offset, is_observed).await;
    drop(fetch);
    if channel.known() != known {
        shell.remember(channel).await;
    }
    read
}

async fn hand_out<S: Shell>(
    shell: &S,
    artifact: &Artifact,
    facts: &Facts,
    fetch: &mut Fetch<'_, S>,
    offset: u64,
    is_observed: bool,
) -> Result<(), RecordingError> {
    let mut at = offset;
    // The pieces that came before one that is before them in the file.
    let mut early = BTreeMap::new();
    while let Some(piece) = fetch.next().await? {
        early.insert(piece.span.offset, piece);
        while let Some(piece) = early.remove(&at) {
            at = piece.span.end();
            if at == facts.size {
                unchanged(shell, artifact, facts, None).await?;
            }
            shell.hand_out(piece.lane).await?;
            fetch.release(piece.lane);
            if is_observed {
                shell.progress(at, facts.size).await?;
            }
        }
    }
    Ok(())
}

/// Describes the recording. No bytes of it cross but a few of its container.
///
/// # Errors
///
/// As [`super::read_bytes`], as far as the size and the container tell.
pub async fn inspect(
    shell: &impl Shell,
    artifact: Artifact,
    timing: Timing,
) -> Result<Finalized, RecordingError> {
    let (Facts { size, .. }, film) = checked(shell, &artifact).await?;
    Ok(artifact.finalized(size, timing.seconds(shell.now().await, film), film))
}

/// The facts of a file that is finished and not too large, and of its film.
pub(super) async fn checked(
    shell: &impl Shell,
    artifact: &Artifact,
) -> Result<(Facts, Option<Film>), RecordingError> {
    if !shell.can_exec().await? {
        return Err(RecordingError::FinalizeUnavailable);
    }
    let film = ending::film(shell, artifact).await?;
    let facts = facts(shell, artifact, None).await?;
    Artifact::check_size(facts.size, artifact.max_bytes)?;
    if !artifact.accepts_fragments() && film.is_some_and(|film| !film.is_whole) {
        // Too many fragments to look at, of which the last may be cut.
        let gap = artifact.codec.open_end();
        return Err(not_finished(shell, artifact, gap).await);
    }
    check_finished(shell, artifact, facts.size).await?;
    Ok((facts, film))
}
