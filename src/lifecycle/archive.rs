//! Archives of a workspace: whether a stored one is whole, and what a reference to a snapshot names.

use serde_json::Value as Json;

use crate::ecmascript::same;
use crate::shell::Thrown;

/// The images of a provider, as the caller's session has them.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Images {
    /// Deletes one; whether there is a way to.
    async fn delete(&self, id: String) -> Result<bool, Thrown>;
}

/// Deletes the snapshot that a reference names, if it can be: its id where it was.
pub async fn delete_snapshot(images: &impl Images, reference: &str) -> Option<String> {
    let id = modal_snapshot_id(reference)?;
    images.delete(id.clone()).await.is_ok_and(|is_deleted| is_deleted).then_some(id)
}

/// How a reference to a snapshot at Modal begins.
const SNAPSHOT_REFERENCES: [&str; 2] =
    ["MODAL_SANDBOX_FS_SNAPSHOT_V1\n", "MODAL_SANDBOX_DIR_SNAPSHOT_V1\n"];

/// A text of base64 without white space, by its lengths.
///
/// A lenient decoder leaves out what is no base64, so a text that is whole comes to exactly the length
/// that it should, and any other to less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArchiveText {
    /// Its length in characters.
    pub length: f64,
    /// How many of them, at its end, are padding.
    pub padding: f64,
    /// What a lenient decoder made of it, in bytes.
    pub decoded: f64,
}

impl ArchiveText {
    /// Whether it is base64 from end to end. Padding may be left out.
    #[must_use]
    pub fn is_whole(self) -> bool {
        let Self { length, padding, decoded } = self;
        let digits = length - padding;
        let is_padded = same(padding, 0.0) || padding < 3.0 && same(length % 4.0, 0.0);
        is_padded && !same(digits % 4.0, 1.0) && same(decoded, (digits * 3.0 / 4.0).floor())
    }
}

/// Whether an archive that begins so is a reference to a snapshot, and no archive.
#[must_use]
pub fn is_snapshot_reference(head: &str) -> bool {
    SNAPSHOT_REFERENCES.iter().any(|start| head.starts_with(start))
}

/// The id in a reference to a snapshot; nothing in anything else.
#[must_use]
pub fn modal_snapshot_id(reference: &str) -> Option<String> {
    let json = SNAPSHOT_REFERENCES.iter().find_map(|start| reference.strip_prefix(start))?;
    match serde_json::from_str::<Json>(json).ok()?.get_mut("snapshot_id")?.take() {
        Json::String(id) if !id.is_empty() => Some(id),
        _ => None,
    }
}
