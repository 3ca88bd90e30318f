//! `git log` in the format that [`FORMAT`] asks for.

use serde::Serialize;

use super::outline::Records;
use crate::ecmascript::{parse_int, trim};

/// The end of a field. The texts of commits do not have this character.
const UNIT: u8 = 0x1f;
/// The end of a commit. The texts of commits do not have this character.
const RECORD: u8 = 0x1e;

/// The format of a commit: its fields, separated by U+001F, and U+001E.
pub const FORMAT: &str = "%H\u{1f}%h\u{1f}%P\u{1f}%an\u{1f}%ae\u{1f}%at\u{1f}%cn\u{1f}%ce\u{1f}%ct\u{1f}%s\u{1f}%b\u{1e}";

/// The author or the committer of a commit, and the time.
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
    /// The hash.
    pub sha: &'a str,
    /// The shortest unambiguous beginning of the hash.
    pub short_sha: &'a str,
    /// The hashes of the parents.
    pub parents: Vec<&'a str>,
    /// The author.
    pub author: Person<'a>,
    /// The committer.
    pub committer: Person<'a>,
    /// The first paragraph of the message.
    pub subject: &'a str,
    /// The rest of the message, up to its last line break.
    pub body: &'a str,
    /// Always empty.
    pub refs: [&'a str; 0],
}

/// Commits, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log<'a> {
    /// At most `max_count` commits.
    pub commits: Vec<Commit<'a>>,
    /// Whether there are more commits.
    pub has_more: bool,
}

/// Reads the output of git for one commit more than `max_count`.
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
    // The body is the rest, since it can have the character that ends fields.
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
