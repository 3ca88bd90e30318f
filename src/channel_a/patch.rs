//! The hunks of a file in `git diff`.

use std::mem;

use serde::Serialize;

use super::outline::{Outline, Records, Ruler};
use super::status::Code;
use crate::ecmascript::trim;

/// The kind of a line of a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// It is on both sides.
    Context,
    /// It is on the new side.
    Add,
    /// It is on the old side.
    Del,
}

impl LineKind {
    /// All kinds, by their number in an outline.
    pub const ALL: [Self; 3] = [Self::Context, Self::Add, Self::Del];
}

/// A line of a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// The sides that have the line.
    #[serde(rename = "type")]
    pub kind: LineKind,
    /// The number on the old side, from 1.
    pub old_no: Option<f64>,
    /// The number on the new side, from 1.
    pub new_no: Option<f64>,
    /// The line without its mark.
    pub text: &'a str,
}

/// Changed lines, with their context.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hunk<'a> {
    /// The number of the first line on the old side.
    pub old_start: f64,
    /// The number of lines on the old side.
    pub old_lines: f64,
    /// The number of the first line on the new side.
    pub new_start: f64,
    /// The number of lines on the new side.
    pub new_lines: f64,
    /// The text behind the second `@@`.
    pub header: &'a str,
    /// The lines.
    pub lines: Vec<Line<'a>>,
}

/// The patch of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Patch<'a> {
    /// The hunks.
    pub hunks: Vec<Hunk<'a>>,
    /// The change of the file.
    pub status: Code,
}

/// Reads the output of git.
#[must_use]
pub fn parse(text: &str) -> Patch<'_> {
    let (mut hunks, mut status) = (Vec::<Hunk>::new(), Code::Modified);
    let (mut old_no, mut new_no) = (0.0, 0.0);
    read(&mut Records::of(text, b'\n'), |found| match found {
        Found::Status(code) => status = code,
        Found::Hunk(hunk) => {
            (old_no, new_no) = (hunk.old_start, hunk.new_start);
            hunks.push(hunk);
        }
        Found::Line(kind, text) => {
            let Some(hunk) = hunks.last_mut() else { return };
            let number = |no: &mut f64, other_side| {
                (kind != other_side).then(|| mem::replace(no, *no + 1.0))
            };
            let old_no = number(&mut old_no, LineKind::Add);
            let new_no = number(&mut new_no, LineKind::Del);
            hunk.lines.push(Line { kind, old_no, new_no, text });
        }
    });
    Patch { hunks, status }
}

/// The kind of a number in an outline that is no line.
const SPECIAL: usize = 3;

/// The meaning of such a number.
enum Mark {
    /// The end. The number of units that were read follows.
    End,
    /// The number of a status follows.
    Status,
    /// A hunk's four numbers and the place of its header follow.
    Hunk,
    /// This mark plus a number of units: these units are skipped.
    Skipped,
}

/// The outline of a piece of git's output. A line is four times its length, plus the number of its kind. It
/// begins two units behind the end of the last part: a line break and its mark are in between. Everything else
/// is four times a `Mark`, plus `SPECIAL`. Lines before the first hunk are in the outline, and belong to no
/// hunk.
#[must_use]
pub fn outline(piece: &str, is_last: bool) -> String {
    /// The line break and the mark before a line.
    const BEFORE: usize = 2;
    let special = |mark| 4 * mark + SPECIAL;
    let mut outline = Outline::default();
    let mut ruler = Ruler::new(piece);
    let mut records = Records::of_piece(piece, b'\n', is_last);
    read(&mut records, |found| match found {
        Found::Status(code) => {
            outline.count(special(Mark::Status as usize));
            outline.count(code as usize);
        }
        Found::Hunk(hunk) => {
            outline.count(special(Mark::Hunk as usize));
            for number in [hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines] {
                outline.number(number);
            }
            outline.part(ruler.measure(hunk.header));
        }
        Found::Line(kind, text) => {
            let (skipped, length) = ruler.measure(text);
            if skipped != BEFORE {
                outline.count(special(Mark::Skipped as usize + skipped));
            }
            outline.count(4 * length + kind as usize);
        }
    });
    outline.count(special(Mark::End as usize));
    outline.count(ruler.end_of(records.read()));
    outline.finish()
}

/// The meaning of a line of a patch.
enum Found<'a> {
    /// The change of the file.
    Status(Code),
    /// A hunk begins. It has no lines yet.
    Hunk(Hunk<'a>),
    /// A line of the hunk before it.
    Line(LineKind, &'a str),
}

#[inline]
fn read<'a>(records: &mut Records<'a>, mut found: impl FnMut(Found<'a>)) {
    for line in records {
        let kind = match line.as_bytes().first() {
            Some(b' ') => LineKind::Context,
            Some(b'+') => LineKind::Add,
            Some(b'-') => LineKind::Del,
            _ => {
                if let Some(other) = other(line) {
                    found(other);
                }
                continue;
            }
        };
        found(Found::Line(kind, &line[1..]));
    }
}

/// The meaning of a line without a mark.
fn other(line: &str) -> Option<Found<'_>> {
    if line.starts_with("@@") {
        hunk(line).map(Found::Hunk)
    } else if line.starts_with("new file mode") {
        Some(Found::Status(Code::Added))
    } else if line.starts_with("deleted file mode") {
        Some(Found::Status(Code::Deleted))
    } else if line.starts_with("rename from") || line.starts_with("rename to") {
        Some(Found::Status(Code::Renamed))
    } else {
        None
    }
}

/// The hunk of a line `@@ -1,2 +3,4 @@ header`.
fn hunk(line: &str) -> Option<Hunk<'_>> {
    let (old_start, rest) = digits(line.strip_prefix("@@ -")?)?;
    let (old_lines, rest) = length(rest)?;
    let (new_start, rest) = digits(rest.strip_prefix(" +")?)?;
    let (new_lines, rest) = length(rest)?;
    let header = rest.strip_prefix(" @@")?;
    // A header with a line terminator of JavaScript is none.
    if header.contains(['\r', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let lines = Vec::new();
    Some(Hunk { old_start, old_lines, new_start, new_lines, header: trim(header), lines })
}

/// The number of lines behind a comma; 1 where there is no comma.
fn length(text: &str) -> Option<(f64, &str)> {
    text.strip_prefix(',').map_or(Some((1.0, text)), digits)
}

/// The number at the beginning of a text, and the rest.
fn digits(text: &str) -> Option<(f64, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}
