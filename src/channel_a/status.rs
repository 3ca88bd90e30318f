//! `git status --porcelain=v2 --branch -z`.

use serde::Serialize;

use super::outline::{Outline, Ruler, pieces};

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Code {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
    /// It was made of another file.
    Copied,
    /// Git does not know it.
    Untracked,
    /// Git is told not to look at it.
    Ignored,
    /// It is not merged.
    Conflicted,
    /// It was of another type, as a link.
    Typechange,
}

impl Code {
    /// All codes, by the number that an outline has for them, less one.
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

    /// The code of a letter of git's.
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
    /// From the top of the repository.
    pub path: &'a str,
    /// What it was called before.
    pub old_path: Option<&'a str>,
    /// In the index, against the last commit.
    pub index: Option<Code>,
    /// In the worktree, against the index.
    pub worktree: Option<Code>,
    /// Whether it is to be merged by hand.
    pub is_conflicted: bool,
}

/// A branch, and how far it is from the one that it follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch<'a> {
    /// Its name; none where no branch is checked out.
    pub head: Option<&'a str>,
    /// Whether a commit is checked out, and no branch.
    pub detached: bool,
    /// The branch that it follows.
    pub upstream: Option<&'a str>,
    /// How many commits that one does not have.
    pub ahead: f64,
    /// How many commits of that one it does not have.
    pub behind: f64,
}

/// The state of a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status<'a> {
    /// Always true: it was read of a repository.
    pub is_repo: bool,
    /// What is checked out.
    #[serde(flatten)]
    pub branch: Branch<'a>,
    /// The files that are not as committed.
    pub files: Vec<FileStatus<'a>>,
}

/// Reads what git printed.
#[must_use]
pub fn parse(text: &str) -> Status<'_> {
    let mut files = Vec::new();
    let branch = read(text, |found| {
        if let Found::File(file) = found {
            files.push(file);
        }
    });
    Status { is_repo: true, branch, files }
}

/// The outline of [`parse`]'s result: of each file one more than four times its codes (ten times the one in
/// the index, and the one in the worktree), with two more where it is conflicted, and one more where it has
/// an old path; where its path is, and the old one. Then 0, and the branch: where its name is, where the name of the other is, each behind a
/// 0 where there is none, and else 1; whether it is detached; and the two counts. Names are told by where
/// they begin in the text.
#[must_use]
pub fn outline(text: &str) -> String {
    let mut outline = Outline::default();
    let mut ruler = Ruler::new(text);
    // Where the last part ended, and where the two names are, in UTF-16.
    let mut end = 0;
    let (mut head, mut upstream) = ((0, 0), (0, 0));
    let mut past = 0;
    let branch = read(text, |found| match found {
        Found::File(file) => {
            let codes = number(file.index) * 10 + number(file.worktree);
            let is_conflicted = usize::from(file.is_conflicted);
            let has_old_path = usize::from(file.old_path.is_some());
            outline.count(1 + codes * 4 + is_conflicted * 2 + has_old_path);
            let (skipped, length) = ruler.measure(file.path);
            outline.part((past + skipped, length));
            end += skipped + length;
            past = 0;
            if let Some(old) = file.old_path {
                let (skipped, length) = ruler.measure(old);
                outline.part((skipped, length));
                end += skipped + length;
            }
        }
        Found::Head(name) | Found::Upstream(name) => {
            let (skipped, length) = ruler.measure(name);
            let place = (end + skipped, length);
            end += skipped + length;
            past += skipped + length;
            if matches!(found, Found::Head(_)) { head = place } else { upstream = place }
        }
    });
    outline.count(0);
    for (name, place) in [(branch.head, head), (branch.upstream, upstream)] {
        outline.count(usize::from(name.is_some()));
        if name.is_some() {
            outline.part(place);
        }
    }
    outline.count(usize::from(branch.detached));
    outline.number(branch.ahead);
    outline.number(branch.behind);
    outline.finish()
}

/// The number of a code in an outline: 0 for none.
fn number(code: Option<Code>) -> usize {
    code.map_or(0, |code| code as usize + 1)
}

/// What a record tells.
enum Found<'a> {
    File(FileStatus<'a>),
    Head(&'a str),
    Upstream(&'a str),
}

#[inline]
fn read<'a>(text: &'a str, mut found: impl FnMut(Found<'a>)) -> Branch<'a> {
    let mut branch = Branch::default();
    let mut records = pieces(text, 0);
    while let Some(record) = records.next() {
        match record.as_bytes() {
            [b'1', b' ', ..] => found(Found::File(changed(record, 8, None))),
            [b'2', b' ', ..] => found(Found::File(changed(record, 9, records.next()))),
            [b'u', b' ', ..] => {
                let conflicted = Some(Code::Conflicted);
                found(Found::File(FileStatus {
                    path: fields_from(record, 10),
                    old_path: None,
                    index: conflicted,
                    worktree: conflicted,
                    is_conflicted: true,
                }));
            }
            [b'?', b' ', ..] => found(Found::File(unknown(record, Code::Untracked))),
            [b'!', b' ', ..] => found(Found::File(unknown(record, Code::Ignored))),
            [b'#', b' ', ..] => {
                if let Some(name) = record.strip_prefix("# branch.head ") {
                    branch.detached = name == "(detached)";
                    branch.head = (!branch.detached).then_some(name);
                    found(Found::Head(name));
                } else if let Some(name) = record.strip_prefix("# branch.upstream ") {
                    branch.upstream = Some(name);
                    found(Found::Upstream(name));
                } else if let Some((ahead, behind)) =
                    record.strip_prefix("# branch.ab ").and_then(distance)
                {
                    (branch.ahead, branch.behind) = (ahead, behind);
                }
            }
            _ => {}
        }
    }
    branch
}

/// A record of a file that git knows: its letters are the second field, its path begins with field
/// `at`.
#[inline]
fn changed<'a>(record: &'a str, at: usize, old_path: Option<&'a str>) -> FileStatus<'a> {
    let letters = record.as_bytes()[2..].split(|byte| *byte == b' ').next().unwrap_or_default();
    let [index, worktree] = [0, 1].map(|at| Code::of_letter(letters.get(at)));
    let is_conflicted = [index, worktree].contains(&Some(Code::Conflicted));
    FileStatus { path: fields_from(record, at), old_path, index, worktree, is_conflicted }
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

/// The rest of a record from its field number `at`, of which a single space ends each; nothing where it
/// has fewer.
#[inline]
fn fields_from(record: &str, at: usize) -> &str {
    let mut spaces = memchr::memchr_iter(b' ', record.as_bytes());
    spaces.nth(at - 1).map_or(&record[record.len()..], |space| &record[space + 1..])
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
