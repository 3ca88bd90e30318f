//! The output of `find` for a directory: records that end with NUL, of five fields that TAB separates.

use std::collections::HashMap;

use serde::Serialize;

use super::collation;
use super::outline::{Outline, Records, Ruler, units};
use crate::ecmascript::{parse_float, parse_int};

/// The kind of an entry.
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
    /// All kinds, by their number in an outline.
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

/// An entry of a directory or of its subdirectories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// The path. With [`Entry::is_below_root`], it is relative to the listed directory.
    pub path: &'a str,
    /// Whether the path does not begin with that of the listed directory.
    pub is_below_root: bool,
    /// The last segment of the path.
    pub name: &'a str,
    /// The kind.
    pub kind: NodeKind,
    /// The size in bytes; `None` for a directory, or where it cannot be read.
    pub size_bytes: Option<f64>,
    /// The time of the last change, in milliseconds since the Unix epoch.
    pub mtime_ms: Option<f64>,
    /// The permissions.
    pub mode: Option<f64>,
}

impl<'a> Entry<'a> {
    /// The path from the listed directory.
    fn relative(&self, root: &str) -> &'a str {
        let is_relative = self.is_below_root || root.is_empty();
        if is_relative { self.path } else { &self.path[root.len() + 1..] }
    }
}

/// The entries of a directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<'a> {
    /// The entries, in the order of `find`.
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
    // The path is the rest, since it can have a TAB.
    let mut fields = record.splitn(5, '\t');
    let mut field = || fields.next();
    let (kind, size, mtime, mode, path) = (field()?, field()?, field()?, field()?, field()?);
    let path = path.strip_prefix("./").unwrap_or(path).trim_start_matches('/');
    let below = if path == root { Some("") } else { path.strip_prefix(root) };
    let is_below_root = !root.is_empty() && !below.is_some_and(|rest| rest.starts_with('/'));
    if path == root {
        // The listed directory is not one of its entries.
        return None;
    }
    let kind = NodeKind::of_letter(kind);
    Some(Entry {
        path,
        is_below_root,
        // A path of slashes alone has no name.
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

/// The outline of the tree of [`parse`]'s entries. It has, in this order:
///
/// - the place of the listed directory's name in `root`;
/// - the directories, the listed one first, then in the order in which they occur. A directory is twice the
///   number of its entries, plus 1 where they are sorted; otherwise the host sorts them. Its entries follow;
/// - whether there are more entries.
///
/// An entry is the number of its kind, plus 4 with a size, 8 with a time, 16 with a mode, and 32 where its path
/// is relative to the listed directory. Then come the place of its path, the number of units between the end of
/// its name and the end of the path, the length of the name, and its numbers.
///
/// `orders_plainly` is whether the host's language has the order of [`collation`].
#[must_use]
pub fn outline(text: &str, root: &str, max_entries: f64, orders_plainly: bool) -> String {
    let Listing { entries, truncated } = parse(text, root, max_entries);
    let mut outline = Outline::default();
    let name = last_segment(root).unwrap_or_default();
    let start = root.rfind(name).unwrap_or_default();
    outline.part(Ruler::new(root).measure(&root[start..start + name.len()]));

    let children = children(&entries, root);
    let places = places(text, &entries);
    // The listed directory has the index after all entries.
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

/// The beginning and the length of each entry's path, in UTF-16 units.
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

/// The number of units between the end of an entry's name and the end of its path, and the length of the name.
fn name_within(entry: &Entry) -> (usize, usize) {
    (entry.path.len() - entry.path.trim_end_matches('/').len(), units(entry.name.as_bytes()))
}

/// The entries of each directory, by index, and last those of the listed one. Of several entries with one path,
/// the last takes the place of the first. An entry whose directory is missing belongs to the listed one.
fn children(entries: &[Entry<'_>], root: &str) -> Vec<Vec<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut order = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let place = *known.entry(entry.relative(root)).or_insert(order.len());
        if place == order.len() { order.push(at) } else { order[place] = at }
    }
    let mut children = vec![Vec::new(); entries.len() + 1];
    // The entries of a directory usually follow each other.
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

/// Sorts the entries of a directory: directories first, then by name. Returns `false`, and changes nothing,
/// where a name is not plain.
fn sort(order: &mut [usize], entries: &[Entry]) -> bool {
    if order.iter().any(|at| !collation::is_plain(entries[*at].name)) {
        return false;
    }
    // Most names differ in their first characters, which are the keys.
    order.sort_by_cached_key(|at| {
        let entry = &entries[*at];
        (entry.kind != NodeKind::Dir, collation::Plain::new(entry.name))
    });
    true
}
