//! Archives of a workspace: whether a stored one is complete, and the id in a reference to a snapshot.

use serde_json::Value as Json;

use crate::ecmascript::same;
use crate::shell::Thrown;

/// The images of a provider, by the caller's session.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Images {
    /// Deletes an image. Returns `false` where the session cannot.
    async fn delete(&self, id: String) -> Result<bool, Thrown>;
}

/// Deletes the snapshot of a reference. Returns its id, or `None` where it was not deleted.
pub async fn delete_snapshot(images: &impl Images, reference: &str) -> Option<String> {
    let id = modal_snapshot_id(reference)?;
    images.delete(id.clone()).await.is_ok_and(|is_deleted| is_deleted).then_some(id)
}

/// The beginning of a reference to a snapshot at Modal.
const SNAPSHOT_REFERENCES: [&str; 2] =
    ["MODAL_SANDBOX_FS_SNAPSHOT_V1\n", "MODAL_SANDBOX_DIR_SNAPSHOT_V1\n"];

/// A text without white space that should be base64, by its lengths.
///
/// A lenient decoder leaves out characters that are not base64. So only a text that is base64 from end to end
/// decodes to its full length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArchiveText {
    /// The length in characters.
    pub length: f64,
    /// The number of characters of padding at the end.
    pub padding: f64,
    /// The length that a lenient decoder decoded it to, in bytes.
    pub decoded: f64,
}

impl ArchiveText {
    /// Whether the text is base64 from end to end, with or without padding.
    #[must_use]
    pub fn is_whole(self) -> bool {
        let Self { length, padding, decoded } = self;
        let digits = length - padding;
        let is_padded = same(padding, 0.0) || padding < 3.0 && same(length % 4.0, 0.0);
        is_padded && !same(digits % 4.0, 1.0) && same(decoded, (digits * 3.0 / 4.0).floor())
    }
}

/// Whether an archive is a reference to a snapshot, by its beginning.
#[must_use]
pub fn is_snapshot_reference(head: &str) -> bool {
    SNAPSHOT_REFERENCES.iter().any(|start| head.starts_with(start))
}

/// The id in a reference to a snapshot; `None` for another text.
#[must_use]
pub fn modal_snapshot_id(reference: &str) -> Option<String> {
    let json = SNAPSHOT_REFERENCES.iter().find_map(|start| reference.strip_prefix(start))?;
    match serde_json::from_str::<Json>(json).ok()?.get_mut("snapshot_id")?.take() {
        Json::String(id) if !id.is_empty() => Some(id),
        _ => None,
    }
}
