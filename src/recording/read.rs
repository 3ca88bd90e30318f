//! Reads a recording: in one command where the session's output has room for it, else in pieces.

use super::RecordingError;
use super::artifact::{Artifact, Finalized, Timing};
use super::ending;
use super::facts::{Facts, digests, facts, unchanged};
use super::fetch::{Fetch, TRIES};
use super::piece::Pieces;
use super::survey::not_finished;
use crate::container::{Container, Gap};
use crate::shell::{Channel, Shell, Span};

/// One command asks for the digests of at most this many pieces.
const DIGESTS: usize = 32;

/// Reads the recording from the box. The bytes stay where [`Shell::decode`] puts them.
///
/// `channel` is what earlier calls have learned about the session. Where the read `is_observed`, the caller is told
/// of each piece.
///
/// # Errors
///
/// [`RecordingError`]. Only the exact bytes of a file that ffmpeg has finished are accepted. The file
/// stays on the box in any case.
pub async fn read_bytes(
    shell: &impl Shell,
    artifact: Artifact,
    timing: Timing,
    channel: Option<Channel>,
    is_observed: bool,
) -> Result<Finalized, RecordingError> {
    if !shell.can_exec().await? {
        return Err(RecordingError::FinalizeUnavailable);
    }
    let film = ending::film(shell, &artifact).await?;
    let facts = facts(shell, &artifact, Some(artifact.digest_up_to())).await?;
    Artifact::check_size(facts.size, artifact.most())?;
    let known = channel.and_then(|channel| channel.known());
    let channel = channel.unwrap_or_default();
    let pieces = Pieces::new(shell, &artifact, facts.size);
    let mut reader = Reader { shell, artifact: &artifact, pieces, channel, is_observed };
    let read = reader.read(&facts).await;
    if reader.channel.known() != known {
        shell.remember(reader.channel).await;
    }
    read?;
    let duration_seconds = timing.seconds(shell.now().await, film);
    Ok(artifact.finalized(facts.size, duration_seconds, film))
}

/// One read of one file.
struct Reader<'a, S> {
    shell: &'a S,
    artifact: &'a Artifact,
    pieces: Pieces<'a, S>,
    channel: Channel,
    is_observed: bool,
}

impl<S: Shell> Reader<'_, S> {
    async fn read(&mut self, facts: &Facts) -> Result<(), RecordingError> {
        let whole = self.whole();
        let spans = self.fetch(vec![whole]).await?;
        if spans.len() > 1 {
            unchanged(self.shell, self.artifact, facts, None).await?;
        }
        if facts.digest.is_some()
            && self.shell.digests(0, &[whole]).await?.first() != facts.digest.as_ref()
        {
            self.mend(facts, spans).await?;
        }
        match self.shell.container().await? {
            Container::Unfinished(Gap::Fragments) if self.artifact.accepts_fragments() => Ok(()),
            Container::Unfinished(gap) => Err(not_finished(self.shell, self.artifact, gap).await),
            Container::Finished | Container::Other => Ok(()),
        }
    }

    fn whole(&self) -> Span {
        Span { offset: 0, length: self.pieces.size }
    }

    /// Reads parts of the file in pieces, and returns these.
    async fn fetch(&mut self, parts: Vec<Span>) -> Result<Vec<Span>, RecordingError> {
        let mut spans = Vec::new();
        let mut received = 0;
        let mut fetch = Fetch::new(&self.pieces, &mut self.channel, parts.into_iter());
        while let Some(piece) = fetch.next().await? {
            fetch.release(piece.lane);
            received += piece.span.length;
            if self.is_observed {
                self.shell.progress(received, self.pieces.size).await?;
            }
            spans.push(piece.span);
        }
        // What is read again is no news.
        self.is_observed = false;
        spans.sort_by_key(|span| span.offset);
        Ok(spans)
    }

    /// Reads the pieces again that were damaged on the way.
    async fn mend(&mut self, facts: &Facts, spans: Vec<Span>) -> Result<(), RecordingError> {
        let whole = self.whole();
        // The digest itself may have been damaged.
        let digest_up_to = Some(self.artifact.digest_up_to());
        let now = unchanged(self.shell, self.artifact, facts, digest_up_to).await?;
        if self.shell.digests(0, &[whole]).await?.first() == now.digest.as_ref() {
            return Ok(());
        }
        let mut spans = spans;
        for _ in 0..TRIES {
            let differing = self.differing(&spans).await?;
            let again = self.fetch(differing).await?;
            if self.shell.digests(0, &[whole]).await?.first() == facts.digest.as_ref() {
                return Ok(());
            }
            if !again.is_empty() {
                spans = again;
            }
        }
        Err(RecordingError::OtherDigest { path: self.artifact.path.clone() })
    }

    /// The pieces whose digests are not those of the box.
    async fn differing(&self, spans: &[Span]) -> Result<Vec<Span>, RecordingError> {
        if let [only] = spans {
            return Ok(vec![*only]);
        }
        let mut differing = Vec::new();
        for batch in spans.chunks(DIGESTS) {
            let theirs = digests(self.shell, self.artifact, batch).await;
            let ours = self.shell.digests(0, batch).await?;
            let pairs = batch.iter().zip(ours).zip(theirs);
            differing.extend(
                pairs
                    .filter(|((_, ours), theirs)| Some(*ours) != *theirs)
                    .map(|((span, _), _)| *span),
            );
        }
        Ok(differing)
    }
}
