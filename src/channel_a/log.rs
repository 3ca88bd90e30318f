//! `git log` in the format that [`FORMAT`] asks for.

use serde::Serialize;

use super::outline::Records;
use crate::ecmascript::{parse_int, trim};

/// What ends a field, which texts of commits do not have.
const UNIT: u8 = 0x1f;
/// What ends a commit, likewise.
const RECORD: u8 = 0x1e;

/// The format of a commit: its fields, each but the last with U+001F behind it, and U+001E.
pub const FORMAT: &str = "%H\u{1f}%h\u{1f}%P\u{1f}%an\u{1f}%ae\u{1f}%at\u{1f}%cn\u{1f}%ce\u{1f}%ct\u{1f}%s\u{1f}%b\u{1e}";

/// Who made a commit, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Person<'a> {
    /// The name.
    pub name: &'a str,
    /// The address.
    pub email: &'a str,
    /// In seconds since the Unix epoch; 0 where it cannot be read.
    pub timestamp: f64,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit<'a> {
    /// Its name.
    pub sha: &'a str,
    /// Its name, as short as it can be.
    pub short_sha: &'a str,
    /// The names of the commits before it.
    pub parents: Vec<&'a str>,
    /// Who wrote it.
    pub author: Person<'a>,
    /// Who committed it.
    pub committer: Person<'a>,
    /// The first paragraph of its message.
    pub subject: &'a str,
    /// The rest of its message, up to its last line break.
    pub body: &'a str,
    /// Always empty.
    pub refs: [&'a str; 0],
}

/// Commits, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log<'a> {
    /// Those that were asked for.
    pub commits: Vec<Commit<'a>>,
    /// Whether there are more than that.
    pub has_more: bool,
}

/// Reads what git printed, of which one commit more than `max_count` was asked for.
#[must_use]
pub fn parse(text: &str, max_count: usize) -> Log<'_> {
    let records: Vec<_> = Records::of(text, RECORD)
        .map(|record| record.strip_prefix('\n').unwrap_or(record))
        .filter(|record| !trim(record).is_empty())
        .collect();
    let has_more = records.len() > max_count;
    Log { commits: records.into_iter().take(max_count).filter_map(commit).collect(), has_more }
}

fn commit(record: &str) -> Option<Commit<'_>> {
    // The body is the rest: it may hold the character that ends fields.
    let mut fields = record.splitn(11, char::from(UNIT));
    let mut field = || fields.next();
    let (sha, short_sha, parents) = (field()?, field()?, trim(field()?));
    let author = Person { name: field()?, email: field()?, timestamp: timestamp(field()?) };
    let committer = Person { name: field()?, email: field()?, timestamp: timestamp(field()?) };
    let parents = if parents.is_empty() { Vec::new() } else { parents.split(' ').collect() };
    let (subject, body) = (field()?, field()?);
    Some(Commit { sha, short_sha, parents, author, committer, subject, body, refs: [] })
}

fn timestamp(text: &str) -> f64 {
    parse_int(text, 10).unwrap_or_default()
}
