//! A box with one file in memory, and the session before it.

use std::cell::{Cell, RefCell};

use opengeni_runtime_native::container::Container;
use opengeni_runtime_native::payload::Decoded;
use opengeni_runtime_native::shell::{
    Channel, Digest, Exec, ExecFailure, Frame, Held, Instant, Lane, Reply, Room, Shell, Span,
    Stream, Thrown,
};
use sha2::{Digest as _, Sha256};

use super::base64::base64;
use super::command::{frames, script};
use super::kept::{Kept, keeps};
use super::{VIDEO, instant, reply};

/// The state of the box.
#[derive(Debug, Clone)]
pub struct Disk {
    pub video: Vec<u8>,
    /// Grows with every change of the file.
    pub modified: u32,
    /// Grows with every replacement of the file.
    pub inode: u32,
    pub log: String,
    pub is_running: bool,
    pub has_sha256sum: bool,
    /// Whether the box prints frames.
    pub is_framing: bool,
}

impl Disk {
    pub fn with(video: Vec<u8>) -> Self {
        Self {
            video,
            modified: 1,
            inode: 1,
            log: String::new(),
            is_running: false,
            has_sha256sum: true,
            is_framing: true,
        }
    }

    /// The output of a command.
    fn run(&self, cmd: &str) -> String {
        let frames = frames(cmd);
        let printed = frames.iter().map(|frame| (frame, self.body(&frame.body, cmd)));
        if self.is_framing {
            printed.map(|(frame, text)| frame.around(&text)).collect()
        } else {
            printed.take(1).map(|(_, text)| text).collect()
        }
    }

    fn body(&self, body: &str, cmd: &str) -> String {
        if body.contains(&format!("stat -c %s {VIDEO}")) {
            return self.facts();
        }
        if body.contains(&format!("sha256sum <{VIDEO}")) {
            let is_wanted = self.video.len() as u64 <= digest_limit(cmd);
            return if is_wanted { self.sha256sum(&self.video) } else { String::new() };
        }
        if let Some((part, _)) = body.split_once(" | openssl dgst -sha256 -r 2>/dev/null || ") {
            return self.sha256sum(self.part(part));
        }
        if body.contains("tail -c 2000 /tmp/og-rec-r1.log") {
            let state = if self.is_running { "RUNNING" } else { "GONE" };
            return format!("{state}\n{}", self.log);
        }
        body.split("; ").map(|pipeline| self.pipeline(pipeline)).collect()
    }

    fn facts(&self) -> String {
        let size = self.video.len();
        let Self { modified, inode, .. } = self;
        if self.is_framing {
            format!("{size}\n{size}:8:{inode}:2026-01-01 00:00:{modified}\n")
        } else {
            format!("{size}\n")
        }
    }

    /// `base64 PATH`, or a part of the file and what becomes of it.
    fn pipeline(&self, pipeline: &str) -> String {
        if pipeline == format!("base64 {VIDEO}") {
            return base64(&self.video);
        }
        let (part, sink) = pipeline.rsplit_once(" | ").expect("a pipeline");
        let part = self.part(part);
        match sink {
            "base64" => base64(part),
            "sha256sum" => self.sha256sum(part),
            _ => panic!("the box has no {sink:?}"),
        }
    }

    /// `tail -c +FIRST PATH | head -c LENGTH`.
    fn part(&self, pipeline: &str) -> &[u8] {
        let span = span(pipeline).unwrap_or_else(|| panic!("the box has no {pipeline:?}"));
        let end = |at: u64| usize::try_from(at).expect("short").min(self.video.len());
        &self.video[end(span.offset)..end(span.end())]
    }

    fn sha256sum(&self, bytes: &[u8]) -> String {
        if !self.has_sha256sum {
            return String::new();
        }
        let hex: Vec<_> = sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}  -\n", hex.concat())
    }
}

/// The part of the file that `tail -c +FIRST PATH | head -c LENGTH` prints.
fn span(pipeline: &str) -> Option<Span> {
    let (first, rest) = pipeline.strip_prefix("tail -c +")?.split_once(' ')?;
    let length = rest.strip_prefix(VIDEO)?.strip_prefix(" | head -c ")?;
    let first: u64 = first.parse().ok()?;
    Some(Span { offset: first.checked_sub(1)?, length: length.parse().ok()? })
}

fn digest_limit(cmd: &str) -> u64 {
    let (_, rest) = cmd.split_once(" -le ").expect("a limit");
    let (limit, _) = rest.split_once(' ').expect("more after it");
    limit.parse().expect("a number that a shell can compare")
}

type Before = Box<dyn Fn(&mut Disk, &str)>;
type Between = Box<dyn Fn(&str) -> Result<String, Thrown>>;

/// A session with such a box.
pub struct FakeBox {
    pub disk: RefCell<Disk>,
    pub transcript: RefCell<Vec<Exec>>,
    pub kept: Kept,
    /// Runs before each command, as other processes on the box.
    pub before: Before,
    /// Changes a command's output.
    pub channel: Between,
    /// Makes the reply of that.
    pub shape: fn(&str) -> Reply,
}

impl FakeBox {
    pub fn new(disk: Disk, channel: impl Fn(&str) -> Result<String, Thrown> + 'static) -> Self {
        Self {
            disk: RefCell::new(disk),
            transcript: RefCell::default(),
            kept: Kept::default(),
            before: Box::new(|_, _| ()),
            channel: Box::new(channel),
            shape: reply,
        }
    }

    /// The commands that asked for a part of the file or for all of it, by the part.
    pub fn asked(&self) -> Vec<Span> {
        let size = self.disk.borrow().video.len() as u64;
        let scripts =
            self.transcript.borrow().iter().map(|exec| frames(&exec.cmd)).collect::<Vec<_>>();
        let bodies = scripts.iter().flatten().map(|frame| frame.body.as_str());
        bodies
            .filter_map(|body| {
                if body == format!("base64 {VIDEO}") {
                    Some(Span { offset: 0, length: size })
                } else {
                    span(body.strip_suffix(" | base64")?)
                }
            })
            .collect()
    }

    pub fn commands(&self) -> Vec<String> {
        self.transcript.borrow().iter().map(|exec| script(&exec.cmd)).collect()
    }

    fn run(&self, exec: Exec) -> Result<Reply, ExecFailure> {
        (self.before)(&mut self.disk.borrow_mut(), &exec.cmd);
        let printed = self.disk.borrow().run(&exec.cmd);
        self.transcript.borrow_mut().push(exec);
        let text = (self.channel)(&printed).map_err(ExecFailure::Thrown)?;
        Ok((self.shape)(&text))
    }
}

impl Shell for FakeBox {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        Ok(true)
    }

    async fn exec(&self, command: Exec) -> Result<Reply, ExecFailure> {
        self.run(command)
    }

    keeps!();

    async fn now(&self) -> Instant {
        instant(0.0)
    }
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes without a pattern (xorshift64).
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    let mut bytes: Vec<u8> = words.by_ref().take(length.div_ceil(8)).flatten().collect();
    bytes.truncate(length);
    bytes
}
