//! The channel service on a real box, over sessions that cut, keep silent or throw.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::process::Command;

use opengeni_runtime_native::channel_a::{
    Delete, Event, Features, List, NativeRead, Output, Place, Read, Repository, Revision, Root,
    ServiceError, Workspace, Write, delete, git, list, read, write,
};
use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::shell::{Channel, Instant, Reply, Thrown};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::Value as Json;

mod support;
use support::{encode, instant};

/// A folder, which is removed in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A session whose commands run in a folder of its own.
struct Local {
    folder: Folder,
    /// What the session makes of what a command prints.
    cut: fn(String) -> String,
    /// Whether the session has only the text with its banner.
    is_bannered: bool,
    /// After how many commands it throws.
    patience: Cell<u32>,
    commands: RefCell<Vec<String>>,
    events: RefCell<Vec<Json>>,
    revision: Cell<f64>,
    channel: Cell<Option<Channel>>,
}

impl Local {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("og-ws-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("tmp")).expect("a directory");
        std::fs::create_dir_all(folder.join("w")).expect("a directory");
        Self {
            folder: Folder(folder),
            cut: |text| text,
            is_bannered: false,
            patience: Cell::new(u32::MAX),
            commands: RefCell::default(),
            events: RefCell::default(),
            revision: Cell::new(0.0),
            channel: Cell::new(None),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.0.join("w").join(name)
    }

    fn leftovers(&self) -> usize {
        std::fs::read_dir(self.folder.0.join("tmp")).expect("a directory").count()
    }
}

const THROWN: Thrown = Thrown(7);

impl Workspace for Local {
    async fn features(&self) -> Result<Features, Thrown> {
        Ok(Features { exec: true, ..Features::default() })
    }

    async fn exec(
        &self,
        cmd: String,
        place: &Place,
        _: Option<f64>,
    ) -> Result<Option<Output>, Thrown> {
        let Some(left) = self.patience.get().checked_sub(1) else { return Err(THROWN) };
        self.patience.set(left);
        let mut shell = Command::new("/bin/sh");
        let folder = self.folder.0.join("w");
        let folder = match place {
            Place::Directory(Some(directory)) => folder.join(directory),
            _ => folder,
        };
        shell.arg("-c").arg(&cmd).current_dir(folder).env("TMPDIR", self.folder.0.join("tmp"));
        self.commands.borrow_mut().push(cmd);
        let output = shell.output().expect("sh runs");
        let text = |bytes: &[u8]| (self.cut)(String::from_utf8_lossy(bytes).into_owned());
        let code = output.status.code().unwrap_or(1);
        Ok(Some(if self.is_bannered {
            let text = text(&[output.stderr, output.stdout].concat());
            Output::Text(format!("Wall time: 1\nProcess exited with code {code}\nOutput:\n{text}"))
        } else {
            let reply = Reply {
                output: None,
                stdout: Some(text(&output.stdout)),
                stderr: Some(text(&output.stderr)),
                session_id: None,
                exit_code: Some(f64::from(code)),
            };
            Output::Result(reply, None)
        }))
    }

    async fn write_stdin(&self, _: f64, _: String, _: u32) -> Result<Option<String>, Thrown> {
        Ok(None)
    }

    async fn read_file(&self, _: &str, _: f64) -> Result<Option<NativeRead>, Thrown> {
        Ok(None)
    }

    async fn create_file(&self, _: &str, _: String) -> Result<bool, Thrown> {
        Ok(false)
    }

    async fn emit(&self, events: &[Event]) {
        self.events.borrow_mut().extend(events.iter().map(json));
    }

    async fn revision(&self, is_changed: bool) -> Result<Revision, Thrown> {
        let number = self.revision.get() + f64::from(u8::from(is_changed));
        self.revision.set(number);
        Ok(Revision { number, lease_epoch: 0.0 })
    }

    async fn channel(&self) -> Result<Option<Channel>, Thrown> {
        Ok(self.channel.get())
    }

    async fn remember(&self, channel: Channel) {
        self.channel.set(Some(channel));
    }

    fn now(&self) -> Instant {
        instant(0.0)
    }
}

fn json(value: &impl Serialize) -> Json {
    serde_json::to_value(value).expect("plain data has JSON")
}

/// Runs a future that waits for nothing.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(future)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn root() -> Root {
    Root::check(Value::Absent).expect("no root")
}

fn written(
    workspace: &Local,
    path: &str,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Json, ServiceError> {
    let options = (Value::Flag(overwrite), Value::Absent);
    let content = Value::Text(encode(bytes));
    let asked = Write::check(&root(), text(path), text("base64"), content, options)?;
    run(write(workspace, asked)).map(|written| json(&written))
}

fn content(workspace: &Local, path: &str) -> Result<String, ServiceError> {
    let asked = Read::check(&root(), text(path), text("base64"), Value::Absent)?;
    let read = json(&run(read(workspace, asked))?);
    Ok(read["content"].as_str().expect("content").to_owned())
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at * 31 + (at >> 8)) & 0xff).expect("a byte")).collect()
}

#[test]
fn long_files_go_and_come_in_pieces() {
    for is_bannered in [false, true] {
        let workspace = Local { is_bannered, ..Local::new("long") };
        let bytes = bytes(2_000_003);
        for path in ["f", "d/f"] {
            written(&workspace, path, &bytes, true).expect("written");
            assert!(std::fs::read(workspace.file(path)).expect("a file") == bytes);
            assert!(content(&workspace, path).expect("read") == encode(&bytes));
        }
        assert_eq!(workspace.leftovers(), 0);
        let names: Vec<_> = std::fs::read_dir(workspace.file("")).expect("a directory").collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let error = written(&workspace, "f", &bytes, false).expect_err("it is there");
        assert_eq!(error.to_string(), "path exists and overwrite is false: f");
    }
}

#[test]
fn what_sessions_keep_of_an_answer_decides_nothing() {
    let cuts: [fn(String) -> String; 3] = [
        |text| text.chars().rev().take(5_000).collect::<Vec<_>>().into_iter().rev().collect(),
        |text| text.chars().take(5_000).collect(),
        |text| format!("Welcome\n{text}bye"),
    ];
    for cut in cuts {
        let workspace = Local { cut, ..Local::new("cut") };
        for at in 0..400 {
            std::fs::write(workspace.file(&format!("a file with a name, {at}")), "")
                .expect("written");
        }
        let bounds = (Value::Absent, Value::Absent);
        let asked =
            List::check(&root(), Value::Absent, bounds, Value::Absent, true).expect("a list");
        let listed = json(&run(list(&workspace, asked)).expect("listed"));
        let entries = listed["text"].as_str().expect("text").matches('\0').count();
        assert_eq!(entries, 400);
        assert_eq!(workspace.leftovers(), 0);
    }
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_where_the_box_has_answered_before() {
    let workspace = Local {
        cut: |text| if text.len() > 5_000 { String::new() } else { text },
        ..Local::new("lost")
    };
    let init = Command::new("git").args(["init", "-q"]).current_dir(workspace.file("")).status();
    assert!(init.expect("git runs").success());
    for at in 0..400 {
        std::fs::write(workspace.file(&format!("a file with a name, {at}")), "").expect("written");
    }
    let repository = Repository::check(&root(), Value::Absent).expect("a path");
    let status = json(&run(git::status(&workspace, repository)).expect("answered"));
    assert_eq!(status["files"].as_array().expect("files").len(), 400);
}

#[test]
fn an_answer_that_never_comes_whole_is_an_error() {
    let workspace = Local { cut: |text| text.chars().take(30).collect(), ..Local::new("never") };
    std::fs::write(workspace.file("f"), "").expect("written");
    let asked = Delete::check(&root(), text("f"), Value::Absent).expect("a deletion");
    let error = run(delete(&workspace, asked)).expect_err("nobody knows");
    assert!(matches!(error, ServiceError::Unanswered(_)), "{error}");
    assert!(workspace.events.borrow().is_empty());
    assert_eq!(workspace.revision.get().to_bits(), 0.0_f64.to_bits());
    let bounds = (Value::Absent, Value::Absent);
    let asked = List::check(&root(), Value::Absent, bounds, Value::Absent, true).expect("a list");
    let error = run(list(&workspace, asked)).expect_err("nobody knows");
    assert!(matches!(error, ServiceError::Unanswered(_)), "{error}");
}

#[test]
fn whenever_the_session_throws_that_is_what_comes_of_it() {
    let bytes = bytes(200_000);
    let mut thrown = 0;
    for patience in 0..20 {
        let workspace = Local { patience: Cell::new(patience), ..Local::new("throws") };
        match written(&workspace, "f", &bytes, false) {
            Ok(_) => {
                assert_eq!(std::fs::read(workspace.file("f")).expect("a file"), bytes);
                break;
            }
            Err(error) => {
                assert_eq!(error, ServiceError::Thrown(THROWN));
                assert_eq!(workspace.revision.get().to_bits(), 0.0_f64.to_bits());
                thrown += 1;
            }
        }
    }
    // A look, three pieces, and the end.
    assert_eq!(thrown, 5);
}

#[test]
fn a_directory_outside_of_repositories_is_none() {
    let workspace = Local::new("none");
    let repository = Repository::check(&root(), Value::Absent).expect("a path");
    let status = json(&run(git::status(&workspace, repository)).expect("answered"));
    assert_eq!(status["isRepo"], Json::Bool(false));
    assert_eq!(status["files"], Json::Array(Vec::new()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_name_and_any_content_come_back(
        name in "[^/\0\u{fffd}]{1,20}",
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        is_bannered in any::<bool>(),
    ) {
        prop_assume!(name != "." && name != "..");
        let workspace = Local { is_bannered, ..Local::new("any") };
        written(&workspace, &name, &bytes, false).expect("written");
        prop_assert_eq!(std::fs::read(workspace.file(&name)).expect("a file"), bytes.clone());
        prop_assert_eq!(content(&workspace, &name).expect("read"), encode(&bytes));
        let bounds = (Value::Absent, Value::Absent);
        let asked = List::check(&root(), Value::Absent, bounds, Value::Absent, true).expect("a list");
        let listed = json(&run(list(&workspace, asked)).expect("listed"));
        let path = format!("\t./{name}\0");
        prop_assert!(listed["text"].as_str().expect("text").ends_with(&path));
        let asked = Delete::check(&root(), Value::Text(name.clone()), Value::Absent);
        run(delete(&workspace, asked.expect("a deletion"))).expect("deleted");
        prop_assert!(!workspace.file(&name).exists());
    }
}
