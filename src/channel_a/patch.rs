//! The hunks of a file in `git diff`.

use std::mem;

use serde::Serialize;

use super::outline::{Outline, Records, Ruler};
use super::status::Code;
use crate::ecmascript::trim;

/// What a line of a hunk is.
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
    /// All kinds, by the number that an outline has for them.
    pub const ALL: [Self; 3] = [Self::Context, Self::Add, Self::Del];
}

/// A line of a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// On which sides it is.
    #[serde(rename = "type")]
    pub kind: LineKind,
    /// Its number on the old side.
    pub old_no: Option<f64>,
    /// Its number on the new side.
    pub new_no: Option<f64>,
    /// The line, without the mark before it.
    pub text: &'a str,
}

/// Lines that change, with some around them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hunk<'a> {
    /// The number of its first line on the old side.
    pub old_start: f64,
    /// How many lines it has there.
    pub old_lines: f64,
    /// The number of its first line on the new side.
    pub new_start: f64,
    /// How many lines it has there.
    pub new_lines: f64,
    /// What git says about the place.
    pub header: &'a str,
    /// Its lines.
    pub lines: Vec<Line<'a>>,
}

/// What a patch does to a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Patch<'a> {
    /// Where it changes the file.
    pub hunks: Vec<Hunk<'a>>,
    /// What happens to the file.
    pub status: Code,
}

/// Reads what git printed.
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

/// What follows four times a number of an outline that is no line's.
const SPECIAL: usize = 3;

/// What that number says.
enum Mark {
    /// That is all. How many units were read follows.
    End,
    /// The number of a status follows.
    Status,
    /// A hunk's four numbers follow, and where its header is.
    Hunk,
    /// The least number of units that are passed over.
    Skipped,
}

/// The outline of a piece of what git printed. A line is four times its length, and the number of its kind;
/// it begins two units behind the last thing of which the place was told, with its mark and the line break
/// before it. Everything else is four times a `Mark`, and `SPECIAL`. Lines before the first hunk are
/// told as well, and belong to none.
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

/// What a line of a patch tells.
enum Found<'a> {
    /// What happens to the file.
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

/// What a line tells that has no mark, wherever it stands.
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

/// The hunk that `@@ -1,2 +3,4 @@ header` begins.
fn hunk(line: &str) -> Option<Hunk<'_>> {
    let (old_start, rest) = digits(line.strip_prefix("@@ -")?)?;
    let (old_lines, rest) = length(rest)?;
    let (new_start, rest) = digits(rest.strip_prefix(" +")?)?;
    let (new_lines, rest) = length(rest)?;
    let header = rest.strip_prefix(" @@")?;
    // What ends a line to JavaScript ends the header, and the line is no hunk's.
    if header.contains(['\r', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let lines = Vec::new();
    Some(Hunk { old_start, old_lines, new_start, new_lines, header: trim(header), lines })
}

/// The number of lines behind a comma; one where none is given.
fn length(text: &str) -> Option<(f64, &str)> {
    text.strip_prefix(',').map_or(Some((1.0, text)), digits)
}

/// The number that a text begins with, and the rest.
fn digits(text: &str) -> Option<(f64, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}
