//! What the editor may remove, and how it says so.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::path::{Normal, map};
use crate::ecmascript::number_text;
use crate::input::{self, InputError, Value};
use crate::shell::{Thrown, quoted};

/// Commands run in the working directory, so their paths are mapped without it.
const HERE: &str = "";

/// Refuses its first argument where that is the working directory or a directory that it is in: what
/// the text of a path with a link in it does not tell. Only the link goes of a path that ends in one.
/// The directories from the working directory up are compared as files (`test -ef`, POSIX.1-2024):
/// one directory has many spellings, as with `//` in front or in other letters on macOS. Where the way
/// up cannot be seen, no directory may go.
const GUARD: &str = concat!(
    r#"[ -d "$1" ] && [ ! -h "$1" ] || exit 0; at=.; "#,
    r#"while [ -d $at ]; do [ $at -ef "$1" ] && exit 77; [ $at -ef / ] && exit 0; at=$at/..; done; "#,
    r#"exit 77"#,
);
/// How that refuses: `EX_NOPERM` of sysexits.h, which rm itself never ends with.
const REFUSED: f64 = 77.0;

/// Why the editor left a file alone, or left one behind. Paths are as the caller gave them.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EditError {
    /// A name is no path.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The working directory is what was to be removed, or is under it.
    #[error("selfhosted {method}: refusing to delete {path}: it holds the working directory")]
    HoldsWorkingDir {
        /// The editor's method.
        method: String,
        /// What was to be removed.
        path: String,
    },
    /// What was to be created is there.
    #[error("selfhosted createFile: file already exists: {path}")]
    Exists {
        /// What was to be created.
        path: String,
    },
    /// The file that was to be changed is no text that could be written back as it was.
    #[error("selfhosted updateFile: not UTF-8 text: {path}")]
    NotText {
        /// What was to be changed.
        path: String,
        /// What the decoder threw.
        cause: Thrown,
    },
    /// The caller's session or way to apply diffs threw. What it threw is passed on as it is.
    #[error("the session threw")]
    Thrown(Thrown),
    /// The command that removes did not succeed.
    #[error("selfhosted {method}: could not delete {path}: rm exited with {exit_code}{stderr}")]
    NotDeleted {
        /// The editor's method.
        method: String,
        /// What was to be removed.
        path: String,
        /// How the command ended.
        exit_code: String,
        /// What it said.
        stderr: Said,
    },
}

/// What a command said; the suffix of an error message.
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

/// The files of a session, and what applies a diff.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Files {
    /// Whether there is something at a path.
    async fn path_exists(&self, path: String) -> Result<bool, Thrown>;

    /// Reads a file, whose bytes stay with the caller.
    async fn read_file(&self, path: String) -> Result<(), Thrown>;

    /// The text of these bytes, with its byte order mark; fails where they are no UTF-8.
    async fn decoded(&self) -> Result<String, Thrown>;

    /// The text that the caller's diff makes of one, which is a new one where there is none.
    async fn apply_diff(&self, text: Option<String>) -> Result<String, Thrown>;

    /// Writes a file, and makes the directories that it needs.
    async fn write_file(&self, path: String, content: String) -> Result<(), Thrown>;

    /// Runs a command in the working directory: its exit code, and standard error.
    async fn run(&self, cmd: String) -> Result<(Option<f64>, String), Thrown>;
}

/// A mark that some editors begin a file with. A diff does not know of it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Creates a file.
///
/// # Errors
///
/// [`EditError`]; also where the file is there.
pub async fn create_file(files: &impl Files, path: Value) -> Result<(), EditError> {
    let path = input::string("path", path)?;
    if files.path_exists(path.clone()).await? {
        return Err(EditError::Exists { path });
    }
    let content = files.apply_diff(None).await?;
    Ok(files.write_file(path, content).await?)
}

/// Changes a file, which gets another name where `move_to` is not empty.
///
/// # Errors
///
/// [`EditError`]; also where the file is no UTF-8: nothing is written then.
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

/// Deletes a file, or a directory with all that is in it.
///
/// # Errors
///
/// [`EditError`]; also where the working directory would go with it.
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
/// When it is no path, or the working directory would go with it.
pub fn removal(path: Value, working_dir: &str) -> Result<String, EditError> {
    let path = input::string("path", path)?;
    Ok(guarded(&removable("deleteFile", &path, working_dir)?))
}

/// The command that removes `target`, once the machine has looked what that is. Whatever shell it has
/// for commands, the standard one looks, and gets a path that is none of its options.
fn guarded(target: &str) -> String {
    let plain = if target.starts_with('/') { "" } else { "./" };
    let looked_at = quoted(&format!("{plain}{target}"));
    format!("sh -c {} sh {looked_at} && rm -rf -- {}", quoted(GUARD), quoted(target))
}

/// Checks how a command that removes ended.
///
/// # Errors
///
/// When it refused, or did not succeed.
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

/// Where a changed file is written to, and what is removed after that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Update {
    /// The path to write to, as the caller has it.
    pub destination: String,
    /// The command that removes the file under its old name, if it has a new one.
    pub removal: Option<String>,
}

/// Plans the update of `path`, which gets another name where `move_to` is not empty.
///
/// Two names may mean one file, and their text does not always tell: the command looks again
/// (`test -ef`, POSIX.1-2024), and then removes nothing.
///
/// # Errors
///
/// When a name is no path, or the working directory would go with the old one.
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

/// The path to remove, seen from the working directory. With a slash at its end, a link would stand
/// for what it leads to.
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
