//! The output of `git diff -z --numstat`.

use std::iter;

use serde::Serialize;

use super::outline::{Outline, Records, Ruler};

/// The numbers of added and removed lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NumstatEntry<'a> {
    /// The number of added lines; 0 where git gives no number.
    pub additions: f64,
    /// The number of removed lines; 0 where git gives no number.
    pub deletions: f64,
    /// Whether git gives no numbers, as for a binary file.
    pub binary: bool,
    /// The former path of a file that was renamed or copied.
    pub old_path: Option<&'a str>,
    /// The path from the top of the repository.
    pub new_path: &'a str,
}

/// Reads the output of git. Records of another form are skipped.
#[must_use]
pub fn parse(text: &str) -> Vec<NumstatEntry<'_>> {
    let mut records = Records::of(text, 0);
    iter::from_fn(|| next(&mut records)).collect()
}

/// The outline of a piece of git's output. A file is 1, plus 1 where it is binary and 2 with an old path; then
/// come the two counts, the place of the old path and that of the new one. At the end come 0 and the number of
/// units that were read.
#[must_use]
pub fn outline(piece: &str, is_last: bool) -> String {
    let mut outline = Outline::default();
    let mut ruler = Ruler::new(piece);
    let mut records = Records::of_piece(piece, 0, is_last);
    while let Some(entry) = next(&mut records) {
        let has_old_path = usize::from(entry.old_path.is_some());
        outline.count(1 + usize::from(entry.binary) + 2 * has_old_path);
        outline.number(entry.additions);
        outline.number(entry.deletions);
        if let Some(path) = entry.old_path {
            outline.part(ruler.measure(path));
        }
        outline.part(ruler.measure(entry.new_path));
    }
    outline.count(0);
    outline.count(ruler.end_of(records.read()));
    outline.finish()
}

#[inline]
fn next<'a>(records: &mut Records<'a>) -> Option<NumstatEntry<'a>> {
    loop {
        let record = records.next()?;
        let Some((additions, deletions, path)) = fields(record) else { continue };
        let (old_path, new_path) = if path.is_empty() {
            let (old_path, new_path) = (records.next(), records.next());
            if new_path.is_none() && records.go_on() {
                records.unread(record);
                return None;
            }
            (old_path, new_path.unwrap_or(records.rest()))
        } else {
            (None, path)
        };
        let binary = additions.is_nan() && deletions.is_nan();
        let [additions, deletions] =
            [additions, deletions].map(|count| if count.is_nan() { 0.0 } else { count });
        return Some(NumstatEntry { additions, deletions, binary, old_path, new_path });
    }
}

/// The counts of a record, NaN for a missing one, and the path.
#[inline]
fn fields(record: &str) -> Option<(f64, f64, &str)> {
    let (additions, rest) = record.split_once('\t')?;
    let (deletions, path) = rest.split_once('\t')?;
    Some((count(additions)?, count(deletions)?, path))
}

/// A count, NaN for a dash; `None` for another text.
#[inline]
fn count(text: &str) -> Option<f64> {
    if text == "-" {
        return Some(f64::NAN);
    }
    let is_count = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_count.then(|| text.parse().ok())?
}
