//! Reading, writing, deleting and moving files.

use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::banner::is_workspace_escape;
use super::error::ServiceError;
use super::path::parent;
use super::place::{Root, operand};
use super::runner::{Done, Runner};
use super::workspace::{Event, NativeRead, Place, Revision, Workspace};
use super::{base64, path};
use crate::ecmascript::number_text;
use crate::input::{self, InputError, Value};
use crate::shell::{Frame, quoted};

/// The longest content that is written by one command, in bytes. Its base64 has 120,000 characters, and Linux
/// takes 131,071 as one argument.
const PIECE: usize = 90_000;
/// The exit status of a write whose target exists.
const EXISTS: f64 = 17.0;
/// The number of bytes at the beginning of a file that are searched for a zero.
const SNIFFED: usize = 8_192;

/// The encoding of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// As text.
    Utf8,
    /// In base64.
    Base64,
}

impl Encoding {
    /// Checks a caller's `encoding`.
    ///
    /// # Errors
    ///
    /// Where it is another value.
    pub fn check(value: Value) -> Result<Self, InputError> {
        match input::or_default(value, "utf8") {
            Value::Text(text) if text == "utf8" => Ok(Self::Utf8),
            Value::Text(text) if text == "base64" => Ok(Self::Base64),
            other => Err(InputError::wrong_type("encoding", "\"utf8\" or \"base64\"", &other)),
        }
    }

    /// The encoding of a response: base64 for binary content.
    pub(super) fn of(self, is_binary: bool) -> Self {
        if is_binary { Self::Base64 } else { self }
    }

    pub(super) fn spell(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Base64 => base64::encode(bytes),
        }
    }
}

/// Whether content is binary: a zero is among the first bytes.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(SNIFFED)]).is_some()
}

/// The path of a file of the workspace.
#[derive(Debug, Clone)]
struct Target {
    /// The path in responses and messages.
    path: String,
    /// The path on the box.
    absolute: String,
}

impl Target {
    fn check(field: &'static str, value: Value, root: &Root) -> Result<Self, ServiceError> {
        let path = match value {
            Value::Absent => String::new(),
            value => input::string(field, value)?,
        };
        let path = path::safe(&path)?.to_owned();
        if path.contains('\0') {
            let error = format!("NUL characters are not allowed: {}", crate::shell::visible(&path));
            return Err(ServiceError::Validation(error));
        }
        Ok(Self { absolute: root.absolute(&path), path })
    }

    fn operand(&self) -> String {
        operand(&self.absolute)
    }
}

fn flag(field: &'static str, value: Value, default: bool) -> Result<bool, InputError> {
    match value {
        Value::Absent => Ok(default),
        Value::Flag(flag) => Ok(flag),
        other => Err(InputError::wrong_type(field, "a boolean", &other)),
    }
}

/// Checks a count or a length.
pub(super) fn whole(field: &'static str, value: Value, default: u32) -> Result<u64, InputError> {
    let value = input::or_default(value, f64::from(default));
    let is_whole =
        |number: f64| number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number);
    let number = input::number(field, "a whole number that is not negative", &value, is_whole)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole")]
    Ok(number as u64)
}

#[expect(clippy::cast_precision_loss, reason = "lengths are below 2^53")]
fn float(length: u64) -> f64 {
    length as f64
}

// Reading.

/// A request to read a file.
#[derive(Debug)]
pub struct Read {
    target: Target,
    encoding: Encoding,
    max_bytes: u64,
}

/// The content of a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileContent {
    path: String,
    encoding: Encoding,
    /// `None` where the host has the bytes.
    content: Option<String>,
    size_bytes: u64,
    truncated: bool,
    is_binary: bool,
    revision: f64,
}

impl Read {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where the path leads out of the workspace, or a field is of the wrong type.
    pub fn check(
        root: &Root,
        path: Value,
        encoding: Value,
        max_bytes: Value,
    ) -> Result<Self, ServiceError> {
        let target = Target::check("path", path, root)?;
        let encoding = Encoding::check(encoding)?;
        let max_bytes = whole("maxBytes", max_bytes, 5_242_880)?;
        Ok(Self { target, encoding, max_bytes })
    }
}

/// Reads a file.
///
/// # Errors
///
/// [`ServiceError::NotFound`] where the session cannot read the file, for any reason;
/// [`ServiceError::Conflict`] where the file changes meanwhile.
pub async fn read(workspace: &impl Workspace, read: Read) -> Result<FileContent, ServiceError> {
    let Read { target, encoding, max_bytes } = read;
    let native = workspace.read_file(&target.absolute, float(max_bytes)).await?;
    let (length, is_binary, bytes) = match native {
        Some(NativeRead::Bytes { length, zero_at }) => {
            let is_binary = zero_at.is_some_and(|at| at < SNIFFED as u64);
            (length, is_binary, None)
        }
        Some(NativeRead::Failed(message)) if !is_workspace_escape(&message) => {
            let error = format!("file not found: {} ({message})", target.path);
            return Err(ServiceError::NotFound(error));
        }
        Some(NativeRead::Failed(_)) | None => {
            let bytes = read_by_commands(&Runner::new(workspace), &target, max_bytes).await?;
            (bytes.len() as u64, is_binary(&bytes), Some(bytes))
        }
    };
    let encoding = encoding.of(is_binary);
    Ok(FileContent {
        path: target.path,
        encoding,
        content: bytes.map(|bytes| encoding.spell(&bytes)),
        size_bytes: length,
        truncated: length >= max_bytes,
        is_binary,
        revision: workspace.revision(false).await?.number,
    })
}

/// Reads a file by commands: a short one at once, a long one in pieces.
async fn read_by_commands<W: Workspace>(
    runner: &Runner<'_, W>,
    target: &Target,
    max_bytes: u64,
) -> Result<Vec<u8>, ServiceError> {
    let missing = || ServiceError::NotFound(format!("file not found: {}", target.path));
    let file = target.operand();
    let characters = number_text((float(max_bytes) * 1.4).ceil());
    let cmd = format!(
        "[ -f {file} ] && [ -r {file} ] && base64 {file} 2>/dev/null | head -c {characters}"
    );
    if let Some(read) = runner.read_encoded(&cmd, &Place::Session, max_bytes).await? {
        return if read.has_failed() { Err(missing()) } else { Ok(read.text) };
    }
    let before = facts(runner, &file).await?.ok_or_else(missing)?;
    let size = before.split(':').next().and_then(|size| size.parse::<u64>().ok());
    let end = size.ok_or_else(missing)?.min(max_bytes);
    let bytes = runner.pieces(&file, end, &|_| false).await?;
    if facts(runner, &file).await?.is_some_and(|after| after == before) {
        return Ok(bytes);
    }
    let error = format!("the file changed during the read; read it again: {}", target.path);
    Err(ServiceError::Conflict(error))
}

/// The size, inode and times of a file. They differ where the file has changed.
async fn facts<W: Workspace>(
    runner: &Runner<'_, W>,
    file: &str,
) -> Result<Option<String>, ServiceError> {
    let cmd = format!(
        "stat -L -c '%s:%i:%y:%z' {file} 2>/dev/null || stat -L -f %z:%i:%m:%c {file} 2>/dev/null \
         || wc -c <{file}"
    );
    let printed = runner
        .read(&cmd, &Place::Session, super::runner::Shell::Session, super::runner::Wanted::ALL)
        .await?;
    Ok(Some(printed.text.trim().to_owned()).filter(|_| printed.status == Some(0.0)))
}

// Writing.

/// A request to write a file.
#[derive(Debug)]
pub struct Write {
    target: Target,
    bytes: Vec<u8>,
    /// The content of a request in UTF-8.
    text: Option<String>,
    overwrite: bool,
    create_parents: bool,
}

/// The result of a write.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    path: String,
    size_bytes: usize,
    revision: f64,
}

impl Write {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where the path leads out of the workspace, the content is not in its encoding, or a field is of the
    /// wrong type.
    pub fn check(
        root: &Root,
        path: Value,
        encoding: Value,
        content: Value,
        options: (Value, Value),
    ) -> Result<Self, ServiceError> {
        let target = Target::check("path", path, root)?;
        let encoding = Encoding::check(encoding)?;
        let content = match content {
            Value::Text(text) | Value::IllFormed(text) => text,
            other => Err(InputError::wrong_type("content", "a string", &other))?,
        };
        let overwrite = flag("overwrite", options.0, true)?;
        let create_parents = flag("createParents", options.1, true)?;
        let (bytes, text) = match encoding {
            Encoding::Utf8 => (content.clone().into_bytes(), Some(content)),
            Encoding::Base64 => {
                let bytes = base64::strict(&content).ok_or_else(|| {
                    let error = format!("content is not valid base64: {}", target.path);
                    ServiceError::Validation(error)
                })?;
                (bytes, None)
            }
        };
        Ok(Self { target, bytes, text, overwrite, create_parents })
    }
}

/// Writes a file.
///
/// # Errors
///
/// [`ServiceError::Conflict`] where the target exists and must not be overwritten.
pub async fn write(workspace: &impl Workspace, write: Write) -> Result<Written, ServiceError> {
    let runner = Runner::new(workspace);
    let Write { target, bytes, text, overwrite, create_parents } = write;
    let conflict = || {
        let error = format!("path exists and overwrite is false: {}", target.path);
        ServiceError::Conflict(error)
    };
    if !overwrite && exists(&runner, &target).await? {
        return Err(conflict());
    }
    if create_parents {
        create_parent(&runner, &target).await?;
    }
    let done = if bytes.len() <= PIECE {
        runner.perform(&in_one_piece(&target, &bytes, overwrite), &Place::Session).await?
    } else {
        in_pieces(&runner, &target, &bytes, overwrite).await?
    };
    if done.has_failed() {
        if !overwrite && done.status == Some(EXISTS) {
            return Err(conflict());
        }
        let is_edited = match text {
            Some(text) => by_editor(&runner, &target, &text, create_parents).await?,
            None => false,
        };
        if !is_edited {
            let error = format!("failed to write {}: {}", target.path, done.words());
            return Err(ServiceError::Validation(error));
        }
    }
    let changes = json!([{
        "path": target.path, "kind": "modified", "isDir": false, "sizeBytes": bytes.len(),
    }]);
    let revision = changed(workspace, changes).await?;
    Ok(Written { path: target.path, size_bytes: bytes.len(), revision })
}

/// Whether a path exists. A link to a missing file exists, too.
async fn exists<W: Workspace>(
    runner: &Runner<'_, W>,
    target: &Target,
) -> Result<bool, ServiceError> {
    let path = target.operand();
    let done =
        runner.perform(&format!("test -e {path} || test -L {path}"), &Place::Session).await?;
    Ok(done.status == Some(0.0))
}

/// Makes the directory of a target. A failure shows in the command that follows.
async fn create_parent<W: Workspace>(
    runner: &Runner<'_, W>,
    target: &Target,
) -> Result<(), ServiceError> {
    let parent = parent(&target.absolute);
    if !parent.is_empty() {
        runner.perform(&format!("mkdir -p {}", operand(parent)), &Place::Session).await?;
    }
    Ok(())
}

/// The command that writes a short file. Where the target must not exist, the command creates it first, so
/// only one of several writers succeeds. Otherwise the old file is kept beside the target until the new
/// content is complete.
fn in_one_piece(target: &Target, bytes: &[u8], overwrite: bool) -> String {
    let path = target.operand();
    let write = format!("printf %s {} | base64 -d > {path}", quoted(&base64::encode(bytes)));
    if overwrite {
        return format!(
            "{names}; a=; {{ [ -s \"$t\" ] && [ -w \"$t\" ] && {REPLACEABLE} && \
             mv \"$t\" \"$f\" && a=1; }} 2>/dev/null; {write}; e=$?; if [ -n \"$a\" ]; then \
             if [ $e = 0 ]; then {like}; rm -f \"$f\"; else mv -f \"$f\" \"$t\"; fi; fi; (exit $e)",
            names = names(target),
            like = owned_like("$f", "$t"),
        );
    }
    format!(
        "if (set -C; : > {path}); then {write} || {{ rm -f {path}; false; }}; \
         elif test -e {path} || test -L {path}; then (exit {EXISTS}); else false; fi"
    )
}

/// Shell text that sets `t` to the target behind all links, and `f` to a new name in the same directory.
fn names(target: &Target) -> String {
    let nonce = Frame::new("file").prefix();
    let beside = nonce.trim_end_matches(':');
    // The link itself is not replaced. The dot behind the path protects line breaks at its end, which a
    // command substitution drops.
    format!(
        "t={}; [ ! -L \"$t\" ] || {{ t=$(readlink -f \"$t\" && echo .); t=${{t%??}}; }}; \
         case $t in */*) f=${{t%/*}}/.{beside};; *) f=.{beside};; esac",
        target.operand()
    )
}

/// Shell text that tells whether another file can replace `t`: `t` is missing, or is a regular file with one
/// name. A device, a pipe and a file with several names are written in place.
const REPLACEABLE: &str = concat!(
    r#"{ [ ! -e "$t" ] || { [ -f "$t" ] && "#,
    r#"[ "$(stat -c %h "$t" 2>/dev/null || stat -f %l "$t")" = 1 ]; }; }"#,
);

/// Shell text that gives `file` the owner and the mode of `model`, as far as the box allows.
fn owned_like(model: &str, file: &str) -> String {
    format!(
        "{{ chown --reference=\"{model}\" \"{file}\"; chmod --reference=\"{model}\" \"{file}\" || \
         chmod \"$(stat -f %Lp \"{model}\")\" \"{file}\"; }} 2>/dev/null"
    )
}

/// Writes a long file in pieces into a file beside the target, which then replaces the target.
async fn in_pieces<W: Workspace>(
    runner: &Runner<'_, W>,
    target: &Target,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Done, ServiceError> {
    let names = names(target);
    let written = write_pieces(runner, &names, bytes, overwrite).await;
    if !matches!(&written, Ok(done) if !done.has_failed()) {
        let _ = runner.perform(&format!("{names}; rm -f \"$f\""), &Place::Session).await;
    }
    written
}

async fn write_pieces<W: Workspace>(
    runner: &Runner<'_, W>,
    names: &str,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Done, ServiceError> {
    for (at, piece) in bytes.chunks(PIECE).enumerate() {
        let is_due = match at {
            0 => "(set -C; : >\"$f\")".to_owned(),
            at => format!("[ \"$(wc -c <\"$f\")\" -eq {} ]", at * PIECE),
        };
        let cmd = format!(
            "{names}; {is_due} && printf %s {} | base64 -d >>\"$f\"",
            quoted(&base64::encode(piece))
        );
        let done = runner.perform(&cmd, &Place::Session).await?;
        if done.has_failed() {
            return Ok(done);
        }
    }
    let digest: Vec<_> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = digest.concat();
    let size = bytes.len();
    let is_whole = format!(
        "d=$(sha256sum <\"$f\" 2>/dev/null || shasum -a 256 <\"$f\" 2>/dev/null); \
         case $(wc -c <\"$f\" | tr -d ' '):$d in {size}:|{size}:{digest}*) ;; \
         *) echo \"the content arrived damaged; write it again\"; false;; esac"
    );
    let take_place = if overwrite {
        format!(
            "if [ -d \"$t\" ]; then echo \"$t: Is a directory\"; false; \
             elif [ -e \"$t\" ] && [ ! -w \"$t\" ]; then echo \"$t: Permission denied\"; false; \
             elif {REPLACEABLE}; then if [ -e \"$t\" ]; then {like}; fi; mv -f \"$f\" \"$t\"; \
             else cat \"$f\" >\"$t\" && rm -f \"$f\"; fi",
            like = owned_like("$t", "$f"),
        )
    } else {
        // `ln` fails where the target exists.
        format!(
            "if ln \"$f\" \"$t\"; then rm -f \"$f\"; elif test -e \"$t\" || test -L \"$t\"; \
             then (exit {EXISTS}); else mv -n \"$f\" \"$t\" && [ ! -e \"$f\" ]; fi"
        )
    };
    let cmd = format!("{names}; {is_whole} && {take_place}");
    runner.perform(&cmd, &Place::Session).await
}

/// Writes a text by the session's editor. Returns whether it did.
async fn by_editor<W: Workspace>(
    runner: &Runner<'_, W>,
    target: &Target,
    text: &str,
    create_parents: bool,
) -> Result<bool, ServiceError> {
    let workspace = runner.workspace();
    if !workspace.features().await?.create_editor {
        return Ok(false);
    }
    let parent = parent(&target.absolute);
    if !create_parents && !parent.is_empty() {
        // The editor would make missing directories.
        let cmd = format!("test -d {}", operand(parent));
        if runner.perform(&cmd, &Place::Session).await?.has_failed() {
            return Ok(false);
        }
    }
    let lines: Vec<_> = text.split('\n').map(|line| format!("+{line}")).collect();
    Ok(workspace.create_file(&target.absolute, lines.join("\n")).await?)
}

/// Counts a change, and emits the event.
async fn changed(
    workspace: &impl Workspace,
    changes: serde_json::Value,
) -> Result<f64, ServiceError> {
    let Revision { number, lease_epoch } = workspace.revision(true).await?;
    let payload = json!({
        "changes": changes, "source": "write", "revision": number, "leaseEpoch": lease_epoch,
    });
    workspace.emit(&[Event { kind: "fs.changed", payload }]).await;
    Ok(number)
}

// Deleting, moving, making directories.

/// The result of a deletion, a move or a new directory.
#[derive(Debug, Serialize)]
pub struct Changed {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(rename = "newPath", skip_serializing_if = "Option::is_none")]
    new_path: Option<String>,
    revision: f64,
}

/// A request to delete a file or a directory.
#[derive(Debug)]
pub struct Delete {
    target: Target,
    recursive: bool,
}

impl Delete {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where the path leads out of the workspace, or a field is of the wrong type.
    pub fn check(root: &Root, path: Value, recursive: Value) -> Result<Self, ServiceError> {
        let target = Target::check("path", path, root)?;
        Ok(Self { target, recursive: flag("recursive", recursive, false)? })
    }
}

/// Deletes a file or a directory. A missing file counts as deleted.
///
/// # Errors
///
/// [`ServiceError::Validation`] with the words of the box.
pub async fn delete(workspace: &impl Workspace, delete: Delete) -> Result<Changed, ServiceError> {
    let Delete { target, recursive } = delete;
    let options = if recursive { "-rf" } else { "-f" };
    let cmd = format!("rm {options} {}", target.operand());
    let done = Runner::new(workspace).perform(&cmd, &Place::Session).await?;
    succeeded(&done, || format!("delete {}", target.path))?;
    let changes = json!([change(&target.path, "deleted", false)]);
    Ok(Changed { path: None, new_path: None, revision: changed(workspace, changes).await? })
}

/// A request to move a file or a directory.
#[derive(Debug)]
pub struct Move {
    from: Target,
    to: Target,
    overwrite: bool,
    create_parents: bool,
}

impl Move {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where a path leads out of the workspace, or a field is of the wrong type.
    pub fn check(
        root: &Root,
        path: Value,
        new_path: Value,
        overwrite: Value,
        create_parents: Value,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            from: Target::check("path", path, root)?,
            to: Target::check("newPath", new_path, root)?,
            overwrite: flag("overwrite", overwrite, false)?,
            create_parents: flag("createParents", create_parents, true)?,
        })
    }
}

/// Moves a file or a directory.
///
/// # Errors
///
/// [`ServiceError::Conflict`] where the destination exists and must not be overwritten.
pub async fn move_to(workspace: &impl Workspace, asked: Move) -> Result<Changed, ServiceError> {
    let runner = Runner::new(workspace);
    let Move { from, to, overwrite, create_parents } = asked;
    if !overwrite && exists(&runner, &to).await? {
        let error = format!("destination exists and overwrite is false: {}", to.path);
        return Err(ServiceError::Conflict(error));
    }
    if create_parents {
        create_parent(&runner, &to).await?;
    }
    let options = if overwrite { " -f" } else { "" };
    // `mv` would move the file into an existing directory.
    let cmd = format!(
        "if [ -d {to} ]; then echo {to}: Is a directory; false; else mv{options} {from} {to}; fi",
        from = from.operand(),
        to = to.operand(),
    );
    let done = runner.perform(&cmd, &Place::Session).await?;
    succeeded(&done, || format!("move {} -> {}", from.path, to.path))?;
    let changes = json!([change(&from.path, "deleted", false), change(&to.path, "created", false)]);
    let revision = changed(workspace, changes).await?;
    Ok(Changed { path: Some(from.path), new_path: Some(to.path), revision })
}

/// A request to make a directory.
#[derive(Debug)]
pub struct Mkdir {
    target: Target,
    recursive: bool,
}

impl Mkdir {
    /// Checks a request.
    ///
    /// # Errors
    ///
    /// Where the path leads out of the workspace, or a field is of the wrong type.
    pub fn check(root: &Root, path: Value, recursive: Value) -> Result<Self, ServiceError> {
        let target = Target::check("path", path, root)?;
        Ok(Self { target, recursive: flag("recursive", recursive, true)? })
    }
}

/// Makes a directory.
///
/// # Errors
///
/// [`ServiceError::Validation`] with the words of the box.
pub async fn mkdir(workspace: &impl Workspace, mkdir: Mkdir) -> Result<Changed, ServiceError> {
    let Mkdir { target, recursive } = mkdir;
    let options = if recursive { " -p" } else { "" };
    let cmd = format!("mkdir{options} {}", target.operand());
    let done = Runner::new(workspace).perform(&cmd, &Place::Session).await?;
    succeeded(&done, || format!("mkdir {}", target.path))?;
    let changes = json!([change(&target.path, "created", true)]);
    let revision = changed(workspace, changes).await?;
    Ok(Changed { path: Some(target.path), new_path: None, revision })
}

fn succeeded(done: &Done, what: impl FnOnce() -> String) -> Result<(), ServiceError> {
    if done.has_failed() {
        let error = format!("failed to {}: {}", what(), done.words());
        return Err(ServiceError::Validation(error));
    }
    Ok(())
}

fn change(path: &str, kind: &'static str, is_dir: bool) -> serde_json::Value {
    json!({ "path": path, "kind": kind, "isDir": is_dir, "sizeBytes": null })
}
