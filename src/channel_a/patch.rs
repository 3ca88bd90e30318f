//! The hunks of a file in `git diff`.

use serde::Serialize;

use super::outline::{Outline, Ruler, pieces};
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
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut old_no, mut new_no) = (0.0, 0.0);
    let status = read(text, |found| match found {
        Found::Hunk(hunk) => {
            (old_no, new_no) = (hunk.old_start, hunk.new_start);
            hunks.push(hunk);
        }
        Found::Line(kind, text) => {
            let line = Line {
                kind,
                old_no: (kind != LineKind::Add).then_some(old_no),
                new_no: (kind != LineKind::Del).then_some(new_no),
                text,
            };
            old_no += f64::from(u8::from(kind != LineKind::Add));
            new_no += f64::from(u8::from(kind != LineKind::Del));
            if let Some(hunk) = hunks.last_mut() {
                hunk.lines.push(line);
            }
        }
    });
    Patch { hunks, status }
}

/// The outline of [`parse`]'s result. It has four things. A line: four times its length, and the number of
/// its kind; it begins two units behind the end of the last part, where its mark and the line break before
/// it are. Four times a distance, of at least two, and 3: so many units, less two, are passed over. 7: a
/// hunk follows, with its four numbers and where its header is. 3: the end, with the number of the status.
#[must_use]
pub fn outline(text: &str) -> String {
    const SPECIAL: usize = 3;
    let mut outline = Outline::default();
    let mut ruler = Ruler::new(text);
    let status = read(text, |found| match found {
        Found::Hunk(hunk) => {
            outline.count(4 + SPECIAL);
            for number in [hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines] {
                outline.number(number);
            }
            outline.part(ruler.measure(hunk.header));
        }
        Found::Line(kind, text) => {
            let (skipped, length) = ruler.measure(text);
            // A line break and a mark are before each line.
            if skipped > 2 {
                outline.count(4 * skipped + SPECIAL);
            }
            outline.count(4 * length + kind as usize);
        }
    });
    outline.count(SPECIAL);
    outline.count(status as usize);
    outline.finish()
}

/// What a line of a patch tells.
enum Found<'a> {
    /// A hunk begins. It has no lines yet.
    Hunk(Hunk<'a>),
    Line(LineKind, &'a str),
}

#[inline]
fn read<'a>(text: &'a str, mut found: impl FnMut(Found<'a>)) -> Code {
    let mut status = Code::Modified;
    let mut is_in_hunk = false;
    for line in pieces(text, b'\n') {
        let kind = match line.as_bytes().first() {
            Some(b' ') => LineKind::Context,
            Some(b'+') => LineKind::Add,
            Some(b'-') => LineKind::Del,
            Some(b'@') => {
                if let Some(hunk) = hunk(line) {
                    is_in_hunk = true;
                    found(Found::Hunk(hunk));
                }
                continue;
            }
            // These are read wherever they stand.
            Some(b'n') if line.starts_with("new file mode") => {
                status = Code::Added;
                continue;
            }
            Some(b'd') if line.starts_with("deleted file mode") => {
                status = Code::Deleted;
                continue;
            }
            Some(b'r') if line.starts_with("rename from") || line.starts_with("rename to") => {
                status = Code::Renamed;
                continue;
            }
            _ => continue,
        };
        if is_in_hunk {
            found(Found::Line(kind, &line[1..]));
        }
    }
    status
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
