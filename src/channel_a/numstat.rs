//! `git diff -z --numstat`.

use serde::Serialize;

use super::outline::{Outline, Pieces, Ruler, pieces};

/// How many lines a file gained and lost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NumstatEntry<'a> {
    /// Lines that it gained; 0 where git gives no number.
    pub additions: f64,
    /// Lines that it lost; 0 where git gives no number.
    pub deletions: f64,
    /// Whether git gives no numbers, as it does for what is no text.
    pub binary: bool,
    /// What it was called before.
    pub old_path: Option<&'a str>,
    /// From the top of the repository.
    pub new_path: &'a str,
}

/// Reads what git printed. A record of another form is passed over.
#[must_use]
pub fn parse(text: &str) -> Vec<NumstatEntry<'_>> {
    entries(text).collect()
}

/// The outline of [`parse`]'s result: of each file 1, and one more where it is binary, and two more where it
/// has an old path; the two counts, where the old path is and where the new one is. Then 0.
#[must_use]
pub fn outline(text: &str) -> String {
    let mut outline = Outline::default();
    let mut ruler = Ruler::new(text);
    for entry in entries(text) {
        outline.count(
            1 + usize::from(entry.binary) + 2 * usize::from(entry.old_path.is_some()),
        );
        outline.number(entry.additions);
        outline.number(entry.deletions);
        if let Some(path) = entry.old_path {
            outline.part(ruler.measure(path));
        }
        outline.part(ruler.measure(entry.new_path));
    }
    outline.count(0);
    outline.finish()
}

fn entries(text: &str) -> Entries<'_> {
    Entries { records: pieces(text, 0), nothing: &text[text.len()..] }
}

struct Entries<'a> {
    records: Pieces<'a>,
    /// What is behind the last record.
    nothing: &'a str,
}

impl<'a> Iterator for Entries<'a> {
    type Item = NumstatEntry<'a>;

    #[inline]
    fn next(&mut self) -> Option<NumstatEntry<'a>> {
        loop {
            let record = self.records.next()?;
            let Some((additions, deletions, path)) = fields(record) else { continue };
            let (old_path, new_path) = if path.is_empty() {
                let old_path = self.records.next();
                (old_path, self.records.next().unwrap_or(self.nothing))
            } else {
                (None, path)
            };
            let binary = additions.is_none() && deletions.is_none();
            let [additions, deletions] = [additions, deletions].map(Option::unwrap_or_default);
            return Some(NumstatEntry { additions, deletions, binary, old_path, new_path });
        }
    }
}

/// The counts of a record, and its path.
#[inline]
fn fields(record: &str) -> Option<(Option<f64>, Option<f64>, &str)> {
    let (additions, rest) = record.split_once('\t')?;
    let (deletions, path) = rest.split_once('\t')?;
    Some((count(additions)?, count(deletions)?, path))
}

/// A count; nothing for a dash, and no record where it is neither.
#[inline]
fn count(text: &str) -> Option<Option<f64>> {
    if text == "-" {
        return Some(None);
    }
    let is_count = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_count.then(|| text.parse().ok())
}
