//! The operations of the editor. A removal is refused where it would take the working directory.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::path::{Normal, map};
use crate::ecmascript::number_text;
use crate::input::{self, InputError, Value};
use crate::shell::{Thrown, quoted};

/// The working directory of the editor's commands. They run in the session's own, so their paths are
/// mapped relative to it.
const HERE: &str = "";

/// A shell script that exits with 77 where its first argument is the working directory or holds it.
///
/// The text of a path with a link in it does not tell that, so the shell looks. A path that ends in a
/// link passes, as only the link is removed. The directories from the working directory up are compared
/// as files (`test -ef`, POSIX.1-2024), as one directory has many spellings: `//` in front, or other
/// letters on macOS. Where the way up cannot be seen, every directory is refused.
const GUARD: &str = concat!(
    r#"[ -d "$1" ] && [ ! -h "$1" ] || exit 0; at=.; "#,
    r#"while [ -d $at ]; do [ $at -ef "$1" ] && exit 77; [ $at -ef / ] && exit 0; at=$at/..; done; "#,
    r#"exit 77"#,
);
/// The exit code of [`GUARD`] for a refusal: `EX_NOPERM` of sysexits.h, which rm does not use.
const REFUSED: f64 = 77.0;

/// Why an operation of the editor failed. Paths are those that the caller passed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EditError {
    /// An argument is no path.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The path to remove is the working directory or holds it.
    #[error("selfhosted {method}: refusing to delete {path}: it holds the working directory")]
    HoldsWorkingDir {
        /// The editor's method.
        method: String,
        /// The path to remove.
        path: String,
    },
    /// The file to create exists.
    #[error("selfhosted createFile: file already exists: {path}")]
    Exists {
        /// The path to create.
        path: String,
    },
    /// The file to change is not UTF-8, so it could not be written back unchanged.
    #[error("selfhosted updateFile: not UTF-8 text: {path}")]
    NotText {
        /// The path to change.
        path: String,
        /// The value that the decoder threw.
        cause: Thrown,
    },
    /// The caller's session or `applyDiff` threw. The value is passed on as it is.
    #[error("the session threw")]
    Thrown(Thrown),
    /// The command that removes failed.
    #[error("selfhosted {method}: could not delete {path}: rm exited with {exit_code}{stderr}")]
    NotDeleted {
        /// The editor's method.
        method: String,
        /// The path to remove.
        path: String,
        /// The command's exit code.
        exit_code: String,
        /// The command's standard error.
        stderr: Said,
    },
}

/// The standard error of a command. Displays as the suffix of an error message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said(pub String);

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.trim() {
            "" => Ok(()),
            said => write!(f, ": {said}"),
        }
    }
}

impl From<Thrown> for EditError {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

/// The port to the files of a session, and to the caller's `applyDiff`.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Files {
    /// Whether a path exists.
    async fn path_exists(&self, path: String) -> Result<bool, Thrown>;

    /// Reads a file. The bytes stay with the caller.
    async fn read_file(&self, path: String) -> Result<(), Thrown>;

    /// Decodes these bytes as UTF-8, strictly, and keeps the byte order mark.
    async fn decoded(&self) -> Result<String, Thrown>;

    /// Applies the caller's diff to a text; `None` for a new file.
    async fn apply_diff(&self, text: Option<String>) -> Result<String, Thrown>;

    /// Writes a file, and creates the directories above it.
    async fn write_file(&self, path: String, content: String) -> Result<(), Thrown>;

    /// Runs a command in the working directory. Returns its exit code and standard error.
    async fn run(&self, cmd: String) -> Result<(Option<f64>, String), Thrown>;
}

/// The byte order mark that some files begin with. It is no part of the text that a diff applies to.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Creates a file.
///
/// # Errors
///
/// [`EditError`]; [`EditError::Exists`] where the file exists.
pub async fn create_file(files: &impl Files, path: Value) -> Result<(), EditError> {
    let path = input::string("path", path)?;
    if files.path_exists(path.clone()).await? {
        return Err(EditError::Exists { path });
    }
    let content = files.apply_diff(None).await?;
    Ok(files.write_file(path, content).await?)
}

/// Changes a file. Where `move_to` is not empty, the file is written there and removed under `path`.
///
/// # Errors
///
/// [`EditError`]. A file that is not UTF-8 is [`EditError::NotText`], and nothing is written.
pub async fn update_file(
    files: &impl Files,
    path: Value,
    move_to: Value,
    working_dir: &str,
) -> Result<(), EditError> {
    let path = input::string("path", path)?;
    let Update { destination, removal } = update(path.clone().into(), move_to, working_dir)?;
    files.read_file(path.clone()).await?;
    let decoded = files.decoded().await;
    let current = decoded.map_err(|cause| EditError::NotText { path: path.clone(), cause })?;
    let text = current.strip_prefix(BYTE_ORDER_MARK);
    let mut content = if text.is_some() { BYTE_ORDER_MARK.to_string() } else { String::new() };
    content += &files.apply_diff(Some(text.unwrap_or(&current).to_owned())).await?;
    files.write_file(destination, content).await?;
    match removal {
        Some(cmd) => remove(files, "updateFile", path, cmd).await,
        None => Ok(()),
    }
}

/// Deletes a file, or a directory with its contents.
///
/// # Errors
///
/// [`EditError`]; [`EditError::HoldsWorkingDir`] where the path holds the working directory.
pub async fn delete_file(
    files: &impl Files,
    path: Value,
    working_dir: &str,
) -> Result<(), EditError> {
    let path = input::string("path", path)?;
    let cmd = removal(path.clone().into(), working_dir)?;
    remove(files, "deleteFile", path, cmd).await
}

async fn remove(
    files: &impl Files,
    method: &str,
    path: String,
    cmd: String,
) -> Result<(), EditError> {
    let (exit_code, stderr) = files.run(cmd).await?;
    check_removal(method.to_owned(), path, exit_code, stderr)
}

/// The command that removes `path`.
///
/// # Errors
///
/// When `path` is no path, or holds the working directory.
pub fn removal(path: Value, working_dir: &str) -> Result<String, EditError> {
    let path = input::string("path", path)?;
    Ok(guarded(&removable("deleteFile", &path, working_dir)?))
}

/// The command that runs [`GUARD`] on `target` and then removes it. The guard runs in `sh`, as the shell
/// of the machine may be another. A path that could be read as an option gets `./` in front.
fn guarded(target: &str) -> String {
    let plain = if target.starts_with('/') { "" } else { "./" };
    let looked_at = quoted(&format!("{plain}{target}"));
    format!("sh -c {} sh {looked_at} && rm -rf -- {}", quoted(GUARD), quoted(target))
}

/// Checks the exit code of a command that removes.
///
/// # Errors
///
/// When the guard refused, or `rm` failed.
pub fn check_removal(
    method: String,
    path: String,
    exit_code: Option<f64>,
    stderr: String,
) -> Result<(), EditError> {
    match exit_code {
        Some(0.0) => return Ok(()),
        Some(REFUSED) => return Err(EditError::HoldsWorkingDir { method, path }),
        _ => {}
    }
    let exit_code = exit_code.map_or("null".to_owned(), number_text);
    let stderr = Said(stderr);
    Err(EditError::NotDeleted { method, path, exit_code, stderr })
}

/// Where a changed file is written, and the command that removes the old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Update {
    /// The path to write, as the caller passed it.
    pub destination: String,
    /// The command that removes the file under its old name; `None` where the name stays.
    pub removal: Option<String>,
}

/// Plans the update of `path`. Where `move_to` is not empty, the file moves there.
///
/// Two paths may name one file, which their text does not always tell. The command therefore compares the
/// files (`test -ef`, POSIX.1-2024), and removes nothing where they are the same.
///
/// # Errors
///
/// When an argument is no path, or the old path holds the working directory.
pub fn update(path: Value, move_to: Value, working_dir: &str) -> Result<Update, EditError> {
    let path = input::string("path", path)?;
    let move_to = input::optional_string("moveTo", move_to)?;
    let Some(destination) = move_to.filter(|move_to| !move_to.is_empty()) else {
        return Ok(Update { destination: path, removal: None });
    };
    let place = |path: &str| map(Some(path), working_dir);
    if Normal::of(&place(&path)) == Normal::of(&place(&destination)) {
        return Ok(Update { destination, removal: None });
    }
    let target = removable("updateFile", &path, working_dir)?;
    let written = quoted(&map(Some(&destination), HERE));
    let removal = format!("[ {} -ef {written} ] || {{ {}; }}", quoted(&target), guarded(&target));
    Ok(Update { destination, removal: Some(removal) })
}

/// The path to remove, relative to the working directory. A slash at its end is dropped: with it, a link
/// would mean the directory that it points to.
fn removable(method: &str, path: &str, working_dir: &str) -> Result<String, EditError> {
    let place = map(Some(path), working_dir);
    if Normal::of(&place).holds(&Normal::of(&map(None, working_dir))) {
        let (method, path) = (method.to_owned(), path.to_owned());
        return Err(EditError::HoldsWorkingDir { method, path });
    }
    Ok(map(Some(path), HERE).trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Update, Value, check_removal, removal, update};

    #[test]
    fn a_failed_removal_says_how() {
        let check = |code, stderr: &str| {
            check_removal("deleteFile".to_owned(), "a".to_owned(), code, stderr.to_owned())
        };
        assert_eq!(check(Some(0.0), "a warning"), Ok(()));
        assert_eq!(
            check(Some(77.0), "").expect_err("refused").to_string(),
            "selfhosted deleteFile: refusing to delete a: it holds the working directory"
        );
        let failed = |code, stderr| check(code, stderr).expect_err("not deleted").to_string();
        assert_eq!(
            failed(Some(1.0), "rm: no\n"),
            "selfhosted deleteFile: could not delete a: rm exited with 1: rm: no"
        );
        assert_eq!(
            failed(None, ""),
            "selfhosted deleteFile: could not delete a: rm exited with null"
        );
    }

    #[test]
    fn what_is_no_path_is_named() {
        let error = removal(Value::Absent, "").expect_err("no path");
        assert_eq!(error.to_string(), "path must be a string, got nothing");
        let error = update("a".into(), Value::Number(1.0), "").expect_err("no path");
        assert_eq!(error.to_string(), "moveTo must be a string, got 1");
    }

    fn renamed(path: &str, move_to: &str, working_dir: &str) -> (String, Option<String>) {
        let planned = update(path.into(), move_to.into(), working_dir);
        let Update { destination, removal } = planned.expect("a file");
        (destination, removal)
    }

    #[test]
    fn a_file_with_a_new_name_loses_the_old_one() {
        let (destination, command) = renamed("/workspace/a", "b", "proj");
        assert_eq!(destination, "b");
        let command = command.expect("an old name");
        assert!(command.starts_with("[ 'a' -ef 'b' ] || { sh -c '[ -d "), "{command}");
        assert!(command.ends_with(" sh './a' && rm -rf -- 'a'; }"), "{command}");
    }
}
