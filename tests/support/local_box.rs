//! A session whose box is this machine.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use opengeni_runtime_native::container::Container;
use opengeni_runtime_native::payload::Decoded;
use opengeni_runtime_native::shell::{
    Channel, Digest, Exec, ExecFailure, Frame, Held, Instant, Lane, Reply, Room, Shell, Span,
    Stream, Thrown,
};

use super::kept::{Kept, keeps};
use super::{instant, split_reply};

/// A folder on this machine, the home of the commands. It is removed when it is dropped.
pub struct LocalBox {
    pub home: PathBuf,
    pub kept: Kept,
    /// The working directory of commands.
    pub working_dir: PathBuf,
    /// Changes each of the two outputs.
    pub channel: fn(String) -> String,
}

impl LocalBox {
    pub fn new(name: &str) -> Self {
        let home = std::env::temp_dir().join(format!("og-box-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).expect("a directory");
        let home = home.canonicalize().expect("a path");
        Self { working_dir: home.clone(), home, kept: Kept::default(), channel: |text| text }
    }

    /// The profile of login shells.
    pub fn set_profile(&self, profile: &str) {
        self.write(".bash_profile", profile);
    }

    pub fn path(&self, name: &str) -> String {
        self.home.join(name).to_str().expect("UTF-8").to_owned()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.home.join(name), content).expect("written");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.join(name)).expect("a file")
    }

    pub fn exists(&self, name: &str) -> bool {
        self.home.join(name).symlink_metadata().is_ok()
    }
}

impl Drop for LocalBox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

impl Shell for LocalBox {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        Ok(true)
    }

    async fn exec(&self, command: Exec) -> Result<Reply, ExecFailure> {
        let mut shell = tokio::process::Command::new("/bin/sh");
        shell.arg("-c").arg(&command.cmd).stdin(Stdio::null());
        shell.env("HOME", &self.home).env("LC_ALL", "C").current_dir(&self.working_dir);
        // A command that signals its process group must not reach the tests.
        let output = shell.process_group(0).output().await.expect("sh runs");
        let text =
            |bytes| (self.channel)(String::from_utf8(bytes).expect("the commands print text"));
        let exit_code = output.status.code().map(f64::from);
        Ok(Reply { exit_code, ..split_reply(&text(output.stdout), &text(output.stderr)) })
    }

    keeps!();

    async fn now(&self) -> Instant {
        instant(0.0)
    }
}
