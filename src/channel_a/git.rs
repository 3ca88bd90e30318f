//! Reading repositories.

use std::collections::HashMap;

use memchr::memmem;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::error::ServiceError;
use super::files::{Encoding, is_binary, whole};
use super::place::{Root, loose};
use super::runner::{Printed, Runner, Shell, Wanted};
use super::status::Code;
use super::workspace::{Event, Place, Workspace};
use super::{log, numstat, patch, status};
use crate::ecmascript::trim;
use crate::input::{self, InputError, Value};
use crate::shell::quoted;

/// The beginning of the commands that compare.
const DIFF: &str = "git -c core.quotePath=false diff --no-color";
/// Shell text before such a command. It makes the output independent of the repository's configuration and of
/// the environment. The command itself keeps its text, by which callers' doubles recognize it. Settings without
/// an option in older versions of git are passed with `-c`.
const SAME_DIFF: &str = "unset GIT_EXTERNAL_DIFF GIT_DIFF_OPTS GIT_LITERAL_PATHSPECS \
    GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS; \
    git() { shift 3; command git -c core.quotePath=false -c diff.suppressBlankEmpty=false \
    -c diff.relative=false diff --no-ext-diff --no-textconv --submodule=short -M \
    --src-prefix=a/ --dst-prefix=b/ \"$@\"; };";
/// The same for `git log`.
const SAME_LOG: &str =
    "git() { shift; command git log --no-show-signature --encoding=UTF-8 \"$@\"; };";
/// Git's messages about a missing repository or revision. Every other message is a failure.
const ABSENT: [&str; 5] = [
    "not a git repository",
    "bad revision",
    "unknown revision",
    "invalid object name",
    "does not have any commits yet",
];
/// The highest exit status of git itself. A higher one is of a signal.
const LAST_STATUS: f64 = 129.0;
/// The empty tree, in SHA-1 and in SHA-256. Git knows it in each repository.
const EMPTY_TREES: [&str; 2] = [
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
];
/// The greatest length of the answer to whether there is a repository, in bytes.
const SHORT: u64 = 1_000;

/// A repository, by a directory in it.
#[derive(Debug)]
pub struct Repository {
    place: Place,
}

impl Repository {
    /// Checks the path of a request.
    ///
    /// # Errors
    ///
    /// Where it is no text, or holds NUL.
    pub fn check(root: &Root, path: Value) -> Result<Self, ServiceError> {
        Ok(Self { place: Place::Directory(root.directory(&loose("path", path)?)) })
    }

    async fn text<W: Workspace>(
        &self,
        runner: &Runner<'_, W>,
        cmd: &str,
        wanted: Wanted<'_>,
    ) -> Result<Printed, ServiceError> {
        runner.read(cmd, &self.place, Shell::Session, wanted).await
    }

    /// The output of a command. A failure is an error with git's words, except where the repository or the
    /// revision is missing, which the caller handles.
    async fn answer<W: Workspace>(
        &self,
        runner: &Runner<'_, W>,
        cmd: &str,
        wanted: Wanted<'_>,
    ) -> Result<Printed, ServiceError> {
        let printed = self.text(runner, cmd, wanted).await?;
        let Some(status) = printed.status.filter(|status| *status != 0.0) else {
            return Ok(printed);
        };
        // The output comes without standard error, so the command runs again for its messages. Outside of
        // repositories git prints other messages, so it runs only inside of one.
        let again = format!(
            "( LC_ALL=C; export LC_ALL; git rev-parse --git-dir && {{ {cmd}; }} ) >/dev/null"
        );
        let done = runner.perform(&again, &self.place).await?;
        let words = if done.has_failed() { done.words() } else { String::new() };
        match complaint(&words, status) {
            Some(complaint) => Err(ServiceError::Unanswered(complaint)),
            None => Ok(printed),
        }
    }
}

/// The message of a failed command; `None` where the repository or the revision is missing.
fn complaint(words: &str, status: f64) -> Option<String> {
    let mut lines = words
        .lines()
        .filter(|line| line.starts_with("fatal: ") || line.starts_with("error: "))
        .peekable();
    if lines.peek().is_none() {
        let status_text = crate::ecmascript::number_text(status);
        return (status > LAST_STATUS).then(|| format!("git failed: exit {status_text}"));
    }
    lines.any(|line| !is_about_absence(line)).then(|| format!("git failed: {}", words.trim_end()))
}

fn is_about_absence(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    // Git accepts the full name of a missing object, and reports it as a bad object.
    let object = line.split_once("bad object ").map(|(_, name)| name);
    let is_name = |name: &str| name.len() >= 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    object.is_some_and(is_name) || ABSENT.iter().any(|words| line.contains(words))
}

/// Checks a ref of a request; `None` where it is absent or empty. Git would take a name that begins with a dash
/// for an option, and allows no ref with such a name.
fn reference(field: &'static str, value: Value) -> Result<Option<String>, ServiceError> {
    let reference = input::text(field, input::or_default(value, ""))?;
    if reference.starts_with('-') {
        let error = format!("{field} must not begin with a dash: {reference}");
        return Err(ServiceError::Validation(error));
    }
    Ok(Some(reference).filter(|reference| !reference.is_empty()))
}

/// The paths of a request, as the end of a command.
fn limits(pathspec: &Value) -> Result<String, ServiceError> {
    let Value::Text(json) = pathspec else { return Ok(" --".to_owned()) };
    let refused = || InputError::wrong_type("pathspec", "an array of strings", pathspec);
    let paths: Vec<String> = serde_json::from_str(json).map_err(|_| refused())?;
    if paths.iter().any(|path| path.contains('\0')) {
        Err(refused())?;
    }
    let paths: Vec<_> = paths.iter().map(|path| quoted(path)).collect();
    // Without the dashes, git refuses a ref that is also a path.
    Ok(format!(" -- {}", paths.join(" ")).trim_end().to_owned())
}

// Status.

/// The state of a repository.
#[derive(Debug)]
pub struct GitStatus {
    /// The output of git; `None` outside of repositories.
    text: Option<String>,
    revision: f64,
}

impl Serialize for GitStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'a> {
            #[serde(flatten)]
            status: status::Status<'a>,
            revision: f64,
        }
        let mut status = status::parse(self.text.as_deref().unwrap_or_default());
        status.is_repo = self.text.is_some();
        Shape { status, revision: self.revision }.serialize(serializer)
    }
}

/// Returns the state of a repository.
///
/// # Errors
///
/// Where the session cannot run commands, or throws, or git fails.
pub async fn status(
    workspace: &impl Workspace,
    repository: Repository,
) -> Result<GitStatus, ServiceError> {
    let text = status_text(&Runner::new(workspace), &repository).await?;
    Ok(GitStatus { text, revision: workspace.revision(false).await?.number })
}

async fn status_text<W: Workspace>(
    runner: &Runner<'_, W>,
    repository: &Repository,
) -> Result<Option<String>, ServiceError> {
    let inside = "git rev-parse --is-inside-work-tree 2>/dev/null";
    let inside = repository.answer(runner, inside, Wanted::up_to(SHORT)).await?;
    if trim(&inside.text) != "true" {
        return Ok(None);
    }
    let status = "git status --porcelain=v2 --branch -z --untracked-files=normal --renames";
    Ok(Some(repository.answer(runner, status, Wanted::ALL).await?.text))
}

/// Emits the state of a repository, where git can read it.
///
/// # Errors
///
/// With the value that the session throws.
pub async fn tell(
    workspace: &impl Workspace,
    repository: Repository,
    reason: &str,
) -> Result<(), ServiceError> {
    let text = status_text(&Runner::new(workspace), &repository).await?;
    let status = status::parse(text.as_deref().unwrap_or_default());
    let count = status.files.len();
    let revision = workspace.revision(false).await?;
    let payload = json!({
        "head": status.branch.head,
        "dirty": count > 0,
        "ahead": status.branch.ahead,
        "behind": status.branch.behind,
        "changedFileCount": count,
        "reason": reason,
        "revision": revision.number,
        "leaseEpoch": revision.lease_epoch,
    });
    workspace.emit(&[Event { kind: "git.changed", payload }]).await;
    Ok(())
}

// Differences.

/// A request for differences.
#[derive(Debug)]
pub struct DiffRequest {
    range: String,
    limits: String,
    context_lines: u64,
    max_bytes_per_file: u64,
}

impl DiffRequest {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where a ref begins with a dash, or a field is of the wrong type.
    pub fn check(
        (from_ref, to_ref, staged): (Value, Value, Value),
        pathspec: &Value,
        context_lines: Value,
        max_bytes_per_file: Value,
    ) -> Result<Self, ServiceError> {
        let from = reference("fromRef", from_ref)?;
        let to = reference("toRef", to_ref)?;
        let range = match (from, to) {
            (Some(from), Some(to)) => format!("{} {}", quoted(&from), quoted(&to)),
            (Some(from), None) => quoted(&from),
            (None, _) if staged == Value::Flag(true) => "--cached".to_owned(),
            (None, _) => String::new(),
        };
        Ok(Self {
            range,
            limits: limits(pathspec)?,
            context_lines: whole("contextLines", context_lines, 3)?,
            max_bytes_per_file: whole("maxBytesPerFile", max_bytes_per_file, 524_288)?,
        })
    }
}

/// The differences of a file.
#[derive(Debug)]
pub struct FileDiff {
    path: String,
    old_path: Option<String>,
    status: Code,
    is_binary: bool,
    additions: f64,
    deletions: f64,
    /// The output of git; empty where the hunks are left out.
    patch: String,
    truncated: bool,
}

impl Serialize for FileDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shape = serializer.serialize_struct("FileDiff", 9)?;
        shape.serialize_field("path", &self.path)?;
        shape.serialize_field("oldPath", &self.old_path)?;
        shape.serialize_field("status", &self.status)?;
        shape.serialize_field("isBinary", &self.is_binary)?;
        shape.serialize_field("isImage", &is_image(&self.path))?;
        shape.serialize_field("additions", &self.additions)?;
        shape.serialize_field("deletions", &self.deletions)?;
        shape.serialize_field("hunks", &patch::parse(&self.patch).hunks)?;
        shape.serialize_field("truncated", &self.truncated)?;
        shape.end()
    }
}

/// Whether a name is that of a picture.
fn is_image(path: &str) -> bool {
    let Some((_, extension)) = path.rsplit_once('.') else { return false };
    let extension = extension.to_ascii_lowercase();
    let extensions = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "svg", "tif", "tiff"];
    extensions.contains(&extension.as_str())
}

/// The differences of files.
#[derive(Debug, Serialize)]
pub struct GitDiff {
    files: Vec<FileDiff>,
    revision: f64,
}

/// Returns the differences of files between two commits, or between a commit, the index and the worktree.
///
/// # Errors
///
/// Where the session cannot run commands, or throws, or git fails.
pub async fn diff(
    workspace: &impl Workspace,
    repository: Repository,
    request: DiffRequest,
) -> Result<GitDiff, ServiceError> {
    let files = differences(&Runner::new(workspace), &repository, &request).await?;
    Ok(GitDiff { files, revision: workspace.revision(false).await?.number })
}

/// A file that differs, from `git diff --numstat`.
struct Changed {
    path: String,
    old_path: Option<String>,
    is_binary: bool,
    additions: f64,
    deletions: f64,
    /// Whether git lists the file twice: as unmerged, and against one side.
    is_unmerged: bool,
}

async fn differences<W: Workspace>(
    runner: &Runner<'_, W>,
    repository: &Repository,
    request: &DiffRequest,
) -> Result<Vec<FileDiff>, ServiceError> {
    let DiffRequest { range, limits, .. } = request;
    let summary = |format: &str| format!("{SAME_DIFF} {DIFF} -z --{format} {range}{limits}");
    let printed = repository.answer(runner, &summary("numstat"), Wanted::ALL).await?;
    let changed = changed(&printed.text);
    let mut codes = HashMap::new();
    if changed.iter().any(|file| file.is_binary) {
        let names = repository.answer(runner, &summary("name-status"), Wanted::ALL).await?;
        codes = codes_of(&names.text);
    }
    let mut files = Vec::with_capacity(changed.len());
    for file in changed {
        files.push(if file.is_binary {
            let status = codes.get(&file.path).copied().unwrap_or(Code::Modified);
            FileDiff::of(file, status, String::new(), false)
        } else {
            text_difference(runner, repository, request, file).await?
        });
    }
    Ok(files)
}

impl FileDiff {
    fn of(file: Changed, status: Code, patch: String, truncated: bool) -> Self {
        let Changed { path, old_path, is_binary, additions, deletions, .. } = file;
        Self { path, old_path, status, is_binary, additions, deletions, patch, truncated }
    }
}

/// The files of `git diff --numstat`. Git lists an unmerged file twice, first without numbers.
fn changed(text: &str) -> Vec<Changed> {
    let mut files: Vec<Changed> = Vec::new();
    for entry in numstat::parse(text) {
        let file = Changed {
            path: entry.new_path.to_owned(),
            old_path: entry.old_path.map(str::to_owned),
            is_binary: entry.binary,
            additions: entry.additions,
            deletions: entry.deletions,
            is_unmerged: false,
        };
        match files.last_mut().filter(|last| last.path == file.path) {
            Some(last) => *last = Changed { is_unmerged: true, ..file },
            None => files.push(file),
        }
    }
    files
}

/// The changes of files by their paths, from `git diff -z --name-status`.
fn codes_of(text: &str) -> HashMap<String, Code> {
    let mut codes = HashMap::new();
    let mut records = text.split('\0');
    while let (Some(letters), Some(mut path)) = (records.next(), records.next()) {
        let code = match letters.as_bytes().first() {
            Some(b'A') => Code::Added,
            Some(b'D') => Code::Deleted,
            Some(b'R') => Code::Renamed,
            Some(b'C') => Code::Copied,
            Some(b'T') => Code::Typechange,
            Some(b'U') => Code::Conflicted,
            _ => Code::Modified,
        };
        if matches!(code, Code::Renamed | Code::Copied) {
            path = records.next().unwrap_or_default();
        }
        // The first record of an unmerged file says so; a later one is about one side.
        codes.entry(path.to_owned()).or_insert(code);
    }
    codes
}

async fn text_difference<W: Workspace>(
    runner: &Runner<'_, W>,
    repository: &Repository,
    request: &DiffRequest,
    file: Changed,
) -> Result<FileDiff, ServiceError> {
    let DiffRequest { range, context_lines, max_bytes_per_file, .. } = request;
    // The paths of `--numstat` are from the top of the repository, so the command runs there. Git detects a
    // renamed file only together with its old path.
    let side = if file.is_unmerged && range.is_empty() { "--ours" } else { range };
    let old = file.old_path.as_ref().map(|old| format!(" {}", quoted(old))).unwrap_or_default();
    let cmd = format!(
        "cd -P \"./$(git rev-parse --show-cdup 2>/dev/null)\" && {{ {SAME_DIFF} \
         GIT_LITERAL_PATHSPECS=1; export GIT_LITERAL_PATHSPECS; \
         {DIFF} -U{context_lines} {side} -- {}{old}; }}",
        quoted(&file.path)
    );
    let wanted = Wanted::up_to(max_bytes_per_file + 1);
    let printed = repository.answer(runner, &cmd, wanted).await?;
    let Own { patch, is_typechange, is_last } = own(&printed.text, &file);
    if (printed.is_cut && is_last) || patch.len() as u64 > *max_bytes_per_file {
        let status = if file.is_unmerged { Code::Conflicted } else { Code::Modified };
        return Ok(FileDiff::of(file, status, String::new(), true));
    }
    let is_unmerged = file.is_unmerged || patch.starts_with("* Unmerged path ");
    let status = if is_unmerged {
        Code::Conflicted
    } else if is_typechange {
        Code::Typechange
    } else {
        patch::parse(&patch).status
    };
    Ok(FileDiff::of(file, status, patch, false))
}

/// The part of a patch for one file.
struct Own {
    patch: String,
    /// Whether the file has two parts: it is removed as a file and added as a link, or the reverse.
    is_typechange: bool,
    /// Whether no part of another file follows.
    is_last: bool,
}

/// Finds the part of a patch for one file. There are parts of other files where a new file has the old path of
/// a renamed one, and where a directory replaces a file.
fn own(text: &str, file: &Changed) -> Own {
    const HEAD: &str = "\ndiff --git ";
    let mut sections = Vec::new();
    let mut rest = text;
    while let Some(at) = memmem::find(rest.as_bytes(), HEAD.as_bytes()) {
        let (section, next) = rest.split_at(at + 1);
        sections.push(section);
        rest = next;
    }
    sections.push(rest);
    let old = file.old_path.as_ref().unwrap_or(&file.path);
    let head = format!("diff --git {} {}\n", name("a/", old), name("b/", &file.path));
    let is_own = |section: &&&str| section.starts_with(&head);
    let owned: Vec<_> = sections.iter().filter(is_own).copied().collect();
    let (first, others) = owned
        .split_first()
        .map_or((sections[0], [].as_slice()), |(first, others)| (*first, others));
    let is_last = sections.len() == 1 || sections.last().is_some_and(|last| is_own(&last));
    let mut patch = first.to_owned();
    for section in others {
        // A second head would count as lines of the hunk before it, so only the hunks are taken.
        let hunks = section.find("\n@@").map_or("", |at| &section[at + 1..]);
        patch.push_str(hunks);
    }
    Own { patch, is_typechange: !others.is_empty(), is_last }
}

/// A file's name in the head of a patch: in quotes where it has special characters.
fn name(side: &str, path: &str) -> String {
    let needs_quotes = |c: char| c.is_ascii_control() || c == '"' || c == '\\';
    if !path.contains(needs_quotes) {
        return format!("{side}{path}");
    }
    let mut name = format!("\"{side}");
    for c in path.chars() {
        match c {
            '\x07' => name.push_str("\\a"),
            '\x08' => name.push_str("\\b"),
            '\t' => name.push_str("\\t"),
            '\n' => name.push_str("\\n"),
            '\x0b' => name.push_str("\\v"),
            '\x0c' => name.push_str("\\f"),
            '\r' => name.push_str("\\r"),
            '"' | '\\' => name.extend(['\\', c]),
            c if c.is_ascii_control() => {
                let code = format!("\\{:03o}", u32::from(c));
                name.push_str(&code);
            }
            c => name.push(c),
        }
    }
    name.push('"');
    name
}

// The log.

/// A request for commits.
#[derive(Debug)]
pub struct LogRequest {
    reference: String,
    max_count: u64,
    skip: u64,
    limits: String,
}

impl LogRequest {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where the ref begins with a dash, or a field is of the wrong type.
    pub fn check(
        reference_: Value,
        max_count: Value,
        skip: Value,
        pathspec: &Value,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            reference: reference("ref", input::or_default(reference_, "HEAD"))?.unwrap_or_default(),
            max_count: whole("maxCount", max_count, 100)?,
            skip: whole("skip", skip, 0)?,
            limits: limits(pathspec)?,
        })
    }
}

/// Commits, the newest first.
#[derive(Debug)]
pub struct GitLog {
    text: String,
    max_count: usize,
}

impl Serialize for GitLog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        log::parse(&self.text, self.max_count).serialize(serializer)
    }
}

/// Returns commits, the newest first; none where there is no such ref, or no repository.
///
/// # Errors
///
/// Where the session cannot run commands, or throws, or git fails.
pub async fn log(
    workspace: &impl Workspace,
    repository: Repository,
    request: LogRequest,
) -> Result<GitLog, ServiceError> {
    commits(&Runner::new(workspace), &repository, request).await
}

async fn commits<W: Workspace>(
    runner: &Runner<'_, W>,
    repository: &Repository,
    request: LogRequest,
) -> Result<GitLog, ServiceError> {
    let LogRequest { reference, max_count, skip, limits } = request;
    let cmd = format!(
        "{SAME_LOG} git log --format={} -n{} --skip={skip} {}{limits}",
        quoted(log::FORMAT),
        max_count + 1,
        quoted(&reference)
    );
    let printed = repository.answer(runner, &cmd, Wanted::ALL).await?;
    let text = if printed.has_failed() { String::new() } else { printed.text };
    Ok(GitLog { text, max_count: usize::try_from(max_count).unwrap_or(usize::MAX) })
}

// A commit, or a file of it.

/// A request for a commit, or for a file of a commit.
#[derive(Debug)]
pub struct ShowRequest {
    reference: String,
    file_path: Option<String>,
    encoding: Encoding,
    max_bytes_per_file: u64,
}

impl ShowRequest {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where the ref begins with a dash, or a field is of the wrong type.
    pub fn check(
        reference_: Value,
        file_path: Value,
        encoding: Value,
        max_bytes_per_file: Value,
    ) -> Result<Self, ServiceError> {
        let file_path = input::text("filePath", input::or_default(file_path, ""))?;
        Ok(Self {
            reference: reference("ref", Value::Text(input::text("ref", reference_)?))?
                .unwrap_or_default(),
            file_path: Some(file_path).filter(|path| !path.is_empty()),
            encoding: Encoding::check(encoding)?,
            max_bytes_per_file: whole("maxBytesPerFile", max_bytes_per_file, 524_288)?,
        })
    }
}

/// A commit with its changes, or a file of a commit.
#[derive(Debug)]
pub struct GitShow {
    log: Option<GitLog>,
    files: Vec<FileDiff>,
    blob: Option<Blob>,
    revision: f64,
}

/// A file of a commit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    content: String,
    encoding: Encoding,
    size_bytes: usize,
    truncated: bool,
}

impl Serialize for GitShow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let log = self.log.as_ref().map(|log| log::parse(&log.text, log.max_count));
        let mut shape = serializer.serialize_struct("GitShow", 4)?;
        shape.serialize_field("commit", &log.and_then(|log| log.commits.into_iter().next()))?;
        shape.serialize_field("files", &self.files)?;
        shape.serialize_field("blob", &self.blob)?;
        shape.serialize_field("revision", &self.revision)?;
        shape.end()
    }
}

/// Returns a commit with its changes, or a file of a commit.
///
/// # Errors
///
/// [`ServiceError::NotFound`] where there is no such file.
pub async fn show(
    workspace: &impl Workspace,
    repository: Repository,
    request: ShowRequest,
) -> Result<GitShow, ServiceError> {
    let runner = Runner::new(workspace);
    let ShowRequest { reference, file_path, encoding, max_bytes_per_file } = request;
    let (log, files, blob) = if let Some(path) = file_path {
        let blob = format!("{reference}:{path}");
        let blob = blob_of(&runner, &repository, &blob, encoding, max_bytes_per_file).await?;
        (None, Vec::new(), Some(blob))
    } else {
        let (max_count, skip, limits) = (1, 0, " --".to_owned());
        let request = LogRequest { reference: reference.clone(), max_count, skip, limits };
        let log = commits(&runner, &repository, request).await?;
        let from = match log::parse(&log.text, 1).commits.first() {
            // A commit without parents is compared with the empty tree.
            Some(commit) if commit.parents.is_empty() => {
                EMPTY_TREES[usize::from(commit.sha.len() > EMPTY_TREES[0].len())].to_owned()
            }
            _ => format!("{reference}^"),
        };
        let request = DiffRequest {
            range: format!("{} {}", quoted(&from), quoted(&reference)),
            limits: " --".to_owned(),
            context_lines: 3,
            max_bytes_per_file,
        };
        let files = differences(&runner, &repository, &request).await?;
        (Some(log), files, None)
    };
    Ok(GitShow { log, files, blob, revision: workspace.revision(false).await?.number })
}

async fn blob_of<W: Workspace>(
    runner: &Runner<'_, W>,
    repository: &Repository,
    name: &str,
    encoding: Encoding,
    most: u64,
) -> Result<Blob, ServiceError> {
    let raw = format!("git cat-file blob {} 2>/dev/null", quoted(name));
    let is_there = format!("[ \"$(git cat-file -t {} 2>/dev/null)\" = blob ]", quoted(name));
    // One more byte shows that the file is longer.
    let some = format!("{raw} | head -c {}", most + 1);
    let cmd = format!("{is_there} && {raw} | base64");
    let raw = format!("{is_there} && {some}");
    let read = runner.read_bytes(&cmd, &raw, &repository.place, most).await?;
    if read.has_failed() && read.text.is_empty() {
        return Err(ServiceError::NotFound(format!("blob not found: {name}")));
    }
    let mut bytes = read.text;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let truncated = read.is_cut || bytes.len() > most;
    bytes.truncate(most);
    let encoding = encoding.of(is_binary(&bytes));
    let size_bytes = bytes.len();
    Ok(Blob { content: encoding.spell(&bytes), encoding, size_bytes, truncated })
}

// Where repositories are.

/// The directories of repositories in the workspace, in the order of `find`; none where `find` fails.
///
/// # Errors
///
/// With the value that the session throws.
pub async fn repositories(
    workspace: &impl Workspace,
    root: &Root,
) -> Result<Vec<String>, ServiceError> {
    let runner = Runner::new(workspace);
    let place = Place::Directory(root.own_directory());
    let cmd = "find . -maxdepth 3 -name .git -type d 2>/dev/null";
    let printed = runner.read(cmd, &place, Shell::Session, Wanted::ALL).await?;
    let folders = printed.text.split('\n').map(trim).filter(|line| !line.is_empty());
    let folder = |line: &str| {
        let line = line.strip_prefix("./").unwrap_or(line);
        line.strip_suffix("/.git").or_else(|| line.strip_suffix(".git")).unwrap_or(line).to_owned()
    };
    Ok(folders.map(folder).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_names() {
        for (path, expected) in [
            ("a.png", true),
            ("a.JPG", true),
            ("a.jpeg", true),
            ("d/a.tiff", true),
            ("a.svg", true),
            ("a.svgz", false),
            ("png", false),
            (".ico", true),
            ("a.png.txt", false),
        ] {
            assert_eq!(is_image(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_not_merged_is_told_of_once() {
        let files = changed("0\t0\tf\x004\t0\tf\x001\t0\tg\0");
        let told: Vec<_> = files
            .iter()
            .map(|file| (file.path.as_str(), file.additions, file.is_unmerged))
            .collect();
        assert_eq!(told, [("f", 4.0, true), ("g", 1.0, false)]);
    }

    #[test]
    fn what_happened_to_files_is_told_by_a_letter() {
        let codes = codes_of("A\0a\0R100\0old\0new\0U\0f\0M\0f\0");
        assert_eq!(codes.get("a"), Some(&Code::Added));
        assert_eq!(codes.get("new"), Some(&Code::Renamed));
        assert_eq!(codes.get("f"), Some(&Code::Conflicted));
        assert_eq!(codes.len(), 3);
    }

    #[test]
    fn a_renamed_file_is_told_apart_from_the_one_in_its_place() {
        let file = Changed {
            path: "new".to_owned(),
            old_path: Some("old".to_owned()),
            is_binary: false,
            additions: 0.0,
            deletions: 0.0,
            is_unmerged: false,
        };
        let other = "diff --git a/old b/old\nnew file mode 100644\n@@ -0,0 +1 @@\n+x\n";
        let renamed = "diff --git a/old b/new\nrename from old\nrename to new\n";
        assert_eq!(own(&format!("{other}{renamed}"), &file).patch, renamed);
        assert_eq!(own(&format!("{renamed}{other}"), &file).patch, renamed);
        assert_eq!(own(renamed, &file).patch, renamed);
        // A patch without a head is of one file.
        assert_eq!(own("@@ -1 +1 @@\n-a\n+b\n", &file).patch, "@@ -1 +1 @@\n-a\n+b\n");
    }

    #[test]
    fn names_are_quoted_as_git_does() {
        assert_eq!(name("a/", "x y é"), "a/x y é");
        assert_eq!(name("b/", "a\"b\\c\td\x01"), r#""b/a\"b\\c\td\001""#);
    }

    #[test]
    fn what_is_not_there_is_no_failure() {
        for words in [
            "",
            "fatal: not a git repository (or any of the parent directories): .git",
            "warning: x\nfatal: bad revision 'zzz'",
            "fatal: bad object 1111111111111111111111111111111111111111",
            "sh: 1: git: not found",
        ] {
            assert_eq!(complaint(words, 128.0), None, "{words}");
        }
        assert_eq!(complaint("", 137.0).as_deref(), Some("git failed: exit 137"));
        for words in [
            "fatal: bad object HEAD",
            "error: bad signature 0x67617262\nfatal: index file corrupt",
            "error: Could not read 12\nfatal: bad revision 'x'",
        ] {
            assert_eq!(complaint(words, 128.0), Some(format!("git failed: {words}")));
        }
    }
}
