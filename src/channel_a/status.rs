//! The output of `git status --porcelain=v2 --branch -z`.

use serde::Serialize;

use super::outline::{Outline, Records, Ruler};

/// The change of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Code {
    /// It is new.
    Added,
    /// Its content or mode differs.
    Modified,
    /// It is removed.
    Deleted,
    /// It has another path.
    Renamed,
    /// It is a copy of another file.
    Copied,
    /// Git does not track it.
    Untracked,
    /// Git ignores it.
    Ignored,
    /// It has a merge conflict.
    Conflicted,
    /// Its type differs, as of a file that became a link.
    Typechange,
}

impl Code {
    /// All codes, by their number in an outline minus one.
    pub const ALL: [Self; 9] = [
        Self::Added,
        Self::Modified,
        Self::Deleted,
        Self::Renamed,
        Self::Copied,
        Self::Untracked,
        Self::Ignored,
        Self::Conflicted,
        Self::Typechange,
    ];

    /// The code of git's letter.
    fn of_letter(letter: Option<&u8>) -> Option<Self> {
        Some(match letter? {
            b'A' => Self::Added,
            b'M' => Self::Modified,
            b'D' => Self::Deleted,
            b'R' => Self::Renamed,
            b'C' => Self::Copied,
            b'T' => Self::Typechange,
            b'U' => Self::Conflicted,
            _ => return None,
        })
    }
}

/// A file, with its state in the index and in the worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStatus<'a> {
    /// The path from the top of the repository.
    pub path: &'a str,
    /// The former path of a file that was renamed or copied.
    pub old_path: Option<&'a str>,
    /// The change from the last commit to the index.
    pub index: Option<Code>,
    /// The change from the index to the worktree.
    pub worktree: Option<Code>,
    /// Whether it has a merge conflict.
    pub is_conflicted: bool,
}

/// A branch, and its distance from the branch that it follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch<'a> {
    /// The name; `None` where no branch is checked out.
    pub head: Option<&'a str>,
    /// Whether a commit is checked out, and no branch.
    pub detached: bool,
    /// The branch that it follows.
    pub upstream: Option<&'a str>,
    /// The number of commits that `upstream` does not have.
    pub ahead: f64,
    /// The number of commits that only `upstream` has.
    pub behind: f64,
}

/// The state of a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status<'a> {
    /// Whether there is a repository.
    pub is_repo: bool,
    /// The branch that is checked out.
    #[serde(flatten)]
    pub branch: Branch<'a>,
    /// The files that differ from the last commit.
    pub files: Vec<FileStatus<'a>>,
}

/// Reads the output of git.
#[must_use]
pub fn parse(text: &str) -> Status<'_> {
    let (mut branch, mut files) = (Branch::default(), Vec::new());
    read(&mut Records::of(text, 0), |found| match found {
        Found::File(file) => files.push(file),
        Found::Head(name) => (branch.head, branch.detached) = (Some(name), false),
        Found::Detached => (branch.head, branch.detached) = (None, true),
        Found::Upstream(name) => branch.upstream = Some(name),
        Found::Distance(ahead, behind) => (branch.ahead, branch.behind) = (ahead, behind),
    });
    Status { is_repo: true, branch, files }
}

/// The meaning of a number in an outline that is less than those of files.
enum Mark {
    /// The end. The number of units that were read follows.
    End,
    /// The place of the branch's name follows.
    Head,
    /// No branch is checked out.
    Detached,
    /// The place of the followed branch's name follows.
    Upstream,
    /// The two counts follow.
    Distance,
    /// The first number of a file.
    File,
}

/// The outline of a piece of git's output. Each item begins with a number. For the branch it is a `Mark`. For a
/// file it is `Mark::File`, plus 4 times its codes, plus 2 with a conflict, plus 1 with an old path; the codes
/// are 10 times that of the index, plus that of the worktree. The places of the path and of the old path follow.
#[must_use]
pub fn outline(piece: &str, is_last: bool) -> String {
    let mut outline = Outline::default();
    let mut ruler = Ruler::new(piece);
    let mut records = Records::of_piece(piece, 0, is_last);
    read(&mut records, |found| match found {
        Found::File(file) => {
            let codes = number(file.index) * 10 + number(file.worktree);
            let is_conflicted = usize::from(file.is_conflicted);
            let has_old_path = usize::from(file.old_path.is_some());
            outline.count(Mark::File as usize + codes * 4 + is_conflicted * 2 + has_old_path);
            outline.part(ruler.measure(file.path));
            if let Some(old) = file.old_path {
                outline.part(ruler.measure(old));
            }
        }
        Found::Head(name) => {
            outline.count(Mark::Head as usize);
            outline.part(ruler.measure(name));
        }
        Found::Detached => outline.count(Mark::Detached as usize),
        Found::Upstream(name) => {
            outline.count(Mark::Upstream as usize);
            outline.part(ruler.measure(name));
        }
        Found::Distance(ahead, behind) => {
            outline.count(Mark::Distance as usize);
            outline.number(ahead);
            outline.number(behind);
        }
    });
    outline.count(Mark::End as usize);
    outline.count(ruler.end_of(records.read()));
    outline.finish()
}

/// The number of a code in an outline: 0 for none.
fn number(code: Option<Code>) -> usize {
    code.map_or(0, |code| code as usize + 1)
}

/// The meaning of a record.
enum Found<'a> {
    File(FileStatus<'a>),
    Head(&'a str),
    Detached,
    Upstream(&'a str),
    Distance(f64, f64),
}

#[inline]
fn read<'a>(records: &mut Records<'a>, mut found: impl FnMut(Found<'a>)) {
    // Most records have their path where the last one of their kind had it.
    let (mut ordinary, mut renamed) = (0, 0);
    while let Some(record) = records.next() {
        found(match record.as_bytes() {
            [b'1', b' ', ..] => Found::File(changed(record, 8, &mut ordinary, None)),
            [b'2', b' ', ..] => {
                let old_path = records.next();
                if old_path.is_none() && records.go_on() {
                    return records.unread(record);
                }
                Found::File(changed(record, 9, &mut renamed, old_path))
            }
            [b'u', b' ', ..] => Found::File(FileStatus {
                path: fields_from(record, 10, &mut 0),
                old_path: None,
                index: Some(Code::Conflicted),
                worktree: Some(Code::Conflicted),
                is_conflicted: true,
            }),
            [b'?', b' ', ..] => Found::File(unknown(record, Code::Untracked)),
            [b'!', b' ', ..] => Found::File(unknown(record, Code::Ignored)),
            [b'#', b' ', ..] => match header(record) {
                Some(header) => header,
                None => continue,
            },
            _ => continue,
        });
    }
}

/// The meaning of a line about the branch.
fn header(record: &str) -> Option<Found<'_>> {
    let (name, value) = record.strip_prefix("# branch.")?.split_once(' ')?;
    Some(match name {
        "head" if value == "(detached)" => Found::Detached,
        "head" => Found::Head(value),
        "upstream" => Found::Upstream(value),
        "ab" => {
            let (ahead, behind) = distance(value)?;
            Found::Distance(ahead, behind)
        }
        _ => return None,
    })
}

/// A record of a file that git knows: its letters are the second field, its path begins with field
/// `at`.
#[inline]
fn changed<'a>(
    record: &'a str,
    at: usize,
    guess: &mut usize,
    old_path: Option<&'a str>,
) -> FileStatus<'a> {
    let letters = record.as_bytes()[2..].split(|byte| *byte == b' ').next().unwrap_or_default();
    let [index, worktree] = [0, 1].map(|at| Code::of_letter(letters.get(at)));
    let is_conflicted = [index, worktree].contains(&Some(Code::Conflicted));
    FileStatus { path: fields_from(record, at, guess), old_path, index, worktree, is_conflicted }
}

fn unknown(record: &str, code: Code) -> FileStatus<'_> {
    FileStatus {
        path: &record[2..],
        old_path: None,
        index: None,
        worktree: Some(code),
        is_conflicted: false,
    }
}

/// The rest of a record from its field number `at` on; empty where it has fewer fields. A single space ends a
/// field. `guess` is the place where the rest of the last record began, and becomes that of this one.
#[inline]
fn fields_from<'a>(record: &'a str, at: usize, guess: &mut usize) -> &'a str {
    let bytes = record.as_bytes();
    let is_there = bytes.get(..*guess).is_some_and(|before| {
        before.last() == Some(&b' ') && memchr::memchr_iter(b' ', before).count() == at
    });
    if !is_there {
        let space = memchr::memchr_iter(b' ', bytes).nth(at - 1);
        *guess = space.map_or(record.len(), |space| space + 1);
    }
    &record[*guess..]
}

/// The counts in `+1 -2`.
fn distance(text: &str) -> Option<(f64, f64)> {
    let (ahead, behind) = text.split_once(' ')?;
    let count = |digits: &str| {
        let is_count = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_count.then(|| digits.parse().ok())?
    };
    Some((count(ahead.strip_prefix('+')?)?, count(behind.strip_prefix('-')?)?))
}
