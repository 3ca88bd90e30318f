//! What `find` prints of a directory: records that NUL ends, of five fields that TAB separates.

use std::collections::HashMap;

use serde::Serialize;

use super::collation;
use super::outline::{Outline, Records, Ruler, units};
use crate::ecmascript::{parse_float, parse_int};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// A file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A device, a socket or a pipe.
    Other,
}

impl NodeKind {
    /// All kinds, by the number that an outline has for them.
    pub const ALL: [Self; 4] = [Self::File, Self::Dir, Self::Symlink, Self::Other];

    fn of_letter(letter: &str) -> Self {
        match letter {
            "d" => Self::Dir,
            "f" => Self::File,
            "l" => Self::Symlink,
            _ => Self::Other,
        }
    }
}

/// An entry of a directory, or of one below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// Its path. Where [`Entry::is_below_root`], the listed directory's and a slash are to be put before it.
    pub path: &'a str,
    /// Whether the path does not begin with that of the listed directory.
    pub is_below_root: bool,
    /// The last segment of the path.
    pub name: &'a str,
    /// What it is.
    pub kind: NodeKind,
    /// Its size in bytes; none for a directory, or where it cannot be read.
    pub size_bytes: Option<f64>,
    /// When it was last changed, in milliseconds since the Unix epoch.
    pub mtime_ms: Option<f64>,
    /// Its permissions.
    pub mode: Option<f64>,
}

impl<'a> Entry<'a> {
    /// Its path from the listed directory.
    fn relative(&self, root: &str) -> &'a str {
        let is_relative = self.is_below_root || root.is_empty();
        if is_relative { self.path } else { &self.path[root.len() + 1..] }
    }
}

/// What was listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<'a> {
    /// The entries, in the order in which they were found.
    pub entries: Vec<Entry<'a>>,
    /// Whether there are more.
    pub truncated: bool,
}

/// Reads up to `max_entries` entries below `root`, which is a normalized path.
#[must_use]
pub fn parse<'a>(text: &'a str, root: &str, max_entries: f64) -> Listing<'a> {
    let mut entries = Vec::new();
    let mut left = max_entries;
    for record in Records::of(text, 0).filter(|record| !record.is_empty()) {
        if left <= 0.0 {
            return Listing { entries, truncated: true };
        }
        if let Some(entry) = entry(record, root) {
            entries.push(entry);
            left -= 1.0;
        }
    }
    Listing { entries, truncated: false }
}

fn entry<'a>(record: &'a str, root: &str) -> Option<Entry<'a>> {
    // The path is the rest: it may hold a TAB.
    let mut fields = record.splitn(5, '\t');
    let mut field = || fields.next();
    let (kind, size, mtime, mode, path) = (field()?, field()?, field()?, field()?, field()?);
    let path = path.strip_prefix("./").unwrap_or(path).trim_start_matches('/');
    let below = if path == root { Some("") } else { path.strip_prefix(root) };
    let is_below_root = !root.is_empty() && !below.is_some_and(|rest| rest.starts_with('/'));
    if path == root {
        // The listed directory is no entry of its own.
        return None;
    }
    let kind = NodeKind::of_letter(kind);
    Some(Entry {
        path,
        is_below_root,
        // A path of slashes alone names nothing.
        name: last_segment(path)?,
        kind,
        size_bytes: if kind == NodeKind::Dir { None } else { parse_int(size, 10) },
        mtime_ms: parse_float(mtime)
            .map(|seconds| (seconds * 1000.0 + 0.5).floor())
            .filter(|ms| ms.is_finite()),
        mode: parse_int(mode, 8),
    })
}

fn last_segment(path: &str) -> Option<&str> {
    path.rsplit('/').find(|segment| !segment.is_empty())
}

/// The outline of the tree of [`parse`]'s entries.
///
/// First where the name of the listed directory is in `root`. Then the directories, the listed one first
/// and each in the order in which it is told: twice the number of its entries, and one more where they are
/// in the order of their names, directories first; where they are not, the host has to order them. An entry
/// is the number of its kind, and 4 where it has a size, 8 where it has a time, 16 where it has a mode, and
/// 32 where the listed directory's path is to be put before its own; where its path is, how many units its
/// name ends before the path does, and how many it has; and its numbers. Last, whether there are more
/// entries.
///
/// `orders_plainly` tells whether the host's language has the order of [`collation`].
#[must_use]
pub fn outline(text: &str, root: &str, max_entries: f64, orders_plainly: bool) -> String {
    let Listing { entries, truncated } = parse(text, root, max_entries);
    let mut outline = Outline::default();
    let name = last_segment(root).unwrap_or_default();
    let start = root.rfind(name).unwrap_or_default();
    outline.part(Ruler::new(root).measure(&root[start..start + name.len()]));

    let children = children(&entries, root);
    let places = places(text, &entries);
    // The listed directory stands behind all entries.
    let mut directories = vec![entries.len()];
    let mut next = 0;
    while let Some(directory) = directories.get(next) {
        next += 1;
        let mut order = children[*directory].clone();
        let is_ordered = orders_plainly && sort(&mut order, &entries);
        outline.count(2 * order.len() + usize::from(is_ordered));
        for at in order {
            let entry = &entries[at];
            let numbers = [entry.size_bytes, entry.mtime_ms, entry.mode];
            let has = |at: usize, bit: usize| if numbers[at].is_some() { bit } else { 0 };
            let prefixed = if entry.is_below_root { 32 } else { 0 };
            outline.count(entry.kind as usize + has(0, 4) + has(1, 8) + has(2, 16) + prefixed);
            outline.part(places[at]);
            outline.part(name_within(entry));
            for number in numbers.into_iter().flatten() {
                outline.number(number);
            }
            if entry.kind == NodeKind::Dir {
                directories.push(at);
            }
        }
    }
    outline.count(usize::from(truncated));
    outline.finish()
}

/// Where each entry's path begins, in UTF-16, and its length.
fn places(text: &str, entries: &[Entry]) -> Vec<(usize, usize)> {
    let mut ruler = Ruler::new(text);
    let mut end = 0;
    let place = |entry: &Entry| {
        let (skipped, length) = ruler.measure(entry.path);
        let start = end + skipped;
        end = start + length;
        (start, length)
    };
    entries.iter().map(place).collect()
}

/// How many units before the end of its path an entry's name ends, and its length.
fn name_within(entry: &Entry) -> (usize, usize) {
    (entry.path.len() - entry.path.trim_end_matches('/').len(), units(entry.name.as_bytes()))
}

/// What is in each directory among the entries, and last in the listed one. Of entries of one path there is
/// the last, in the place of the first. What lies in no directory of them lies in the listed one.
fn children(entries: &[Entry<'_>], root: &str) -> Vec<Vec<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut order = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let place = *known.entry(entry.relative(root)).or_insert(order.len());
        if place == order.len() { order.push(at) } else { order[place] = at }
    }
    let mut children = vec![Vec::new(); entries.len() + 1];
    // Entries of a directory are mostly told one after the other.
    let mut last = ("", entries.len());
    for at in &order {
        let parent = entries[*at].relative(root).rsplit_once('/').map_or("", |(parent, _)| parent);
        if parent != last.0 {
            let found = known.get(parent).map(|place| order[*place]);
            let found = found.filter(|parent| entries[*parent].kind == NodeKind::Dir);
            last = (parent, found.unwrap_or(entries.len()));
        }
        children[last.1].push(*at);
    }
    children
}

/// Puts what is in a directory in order: directories first, then by name. Leaves it as it is where a name
/// cannot be compared here.
fn sort(order: &mut [usize], entries: &[Entry]) -> bool {
    if order.iter().any(|at| !collation::is_plain(entries[*at].name)) {
        return false;
    }
    // Most names differ in their keys.
    order.sort_by_cached_key(|at| {
        let entry = &entries[*at];
        (entry.kind != NodeKind::Dir, collation::Plain::new(entry.name))
    });
    true
}
