//! Sessions for the tests of the core: a scripted one, one whose box is a file in memory, and one that
//! runs real commands here.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(unused_imports, reason = "each test binary uses its own part")]

mod base64;
mod command;
mod fake_box;
mod kept;
mod local_box;

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use opengeni_runtime_native::container::Container;
use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::payload::Decoded;
use opengeni_runtime_native::recording::{Artifact, RawStart, Timing};
use opengeni_runtime_native::shell::{
    Channel, Digest, Exec, ExecFailure, Frame, Held, Instant, Lane, Reply, Room, Shell, Span,
    Stream, Thrown,
};

pub use base64::{ALPHABET, base64, encode};
pub use command::{FrameText, framed, frames, script};
pub use fake_box::{Disk, FakeBox, noise, sha256};
pub use kept::Kept;
pub(crate) use kept::keeps;
pub use local_box::LocalBox;

/// The path of a test's recording.
pub const VIDEO: &str = "/tmp/og-rec-r1.mp4";

pub fn reply(output: &str) -> Reply {
    Reply {
        output: Some(output.to_owned()),
        stdout: None,
        stderr: None,
        session_id: None,
        exit_code: Some(0.0),
    }
}

/// The reply of a provider that separates the two streams.
pub fn split_reply(stdout: &str, stderr: &str) -> Reply {
    Reply {
        stdout: Some(stdout.to_owned()),
        stderr: Some(stderr.to_owned()),
        ..reply(&format!("{stdout}{stderr}"))
    }
}

type Script = Box<dyn Fn(&Exec) -> Result<Reply, ExecFailure>>;

/// A session that answers from a script and remembers what it was asked.
pub struct Scripted {
    pub can_exec: Result<bool, Thrown>,
    pub now: Cell<Instant>,
    pub transcript: RefCell<Vec<Exec>>,
    pub kept: Kept,
    script: Script,
}

impl Scripted {
    pub fn new(script: impl Fn(&Exec) -> Result<Reply, ExecFailure> + 'static) -> Self {
        Self {
            can_exec: Ok(true),
            now: Cell::new(instant(0.0)),
            transcript: RefCell::default(),
            kept: Kept::default(),
            script: Box::new(script),
        }
    }

    /// A box with a file of this size, which prints `text` for its base64, without frames.
    pub fn with_file(size: &str, text: Reply) -> Self {
        let size = reply(size);
        Self::new(move |exec| {
            Ok(if exec.cmd.contains("base64") { text.clone() } else { size.clone() })
        })
    }

    pub fn commands(&self) -> Vec<String> {
        self.transcript.borrow().iter().map(|exec| exec.cmd.clone()).collect()
    }

    fn run(&self, exec: Exec) -> Result<Reply, ExecFailure> {
        let reply = (self.script)(&exec);
        self.transcript.borrow_mut().push(exec);
        reply
    }
}

impl Shell for Scripted {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        self.can_exec
    }

    fn exec(&self, command: Exec) -> impl Future<Output = Result<Reply, ExecFailure>> {
        ready(self.run(command))
    }

    keeps!();

    async fn now(&self) -> Instant {
        self.now.get()
    }
}

/// The output of a future that waits for nothing outside of it.
pub fn settled<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a double answers at once"),
    }
}

/// A request with nothing but a name.
pub fn raw_start(recording_id: &str) -> RawStart {
    RawStart {
        recording_id: recording_id.into(),
        codec: Value::Absent,
        framerate: Value::Absent,
        max_seconds: Value::Absent,
        dimensions: Value::Absent,
        display: Value::Absent,
        run_as: Value::Absent,
        tmp_dir: Value::Absent,
        verify: Value::Absent,
        crash_safe: Value::Absent,
        max_bytes: Value::Absent,
        dispose: Value::Absent,
    }
}

/// The checked handle of a recording at `box_path`.
pub fn artifact(box_path: &str, max_bytes: f64) -> Artifact {
    Artifact::check(&"h264-mp4".into(), box_path.into(), Value::Absent, &max_bytes.into())
        .expect("accepted")
}

/// A recording that was started 1 s past the epoch, elsewhere.
pub fn timing() -> Timing {
    Timing { started_at: 1_000.0, launched_ms: None, stopped: None, max_seconds: None }
}

/// A time at which both clocks show the same.
pub fn instant(ms: f64) -> Instant {
    Instant { epoch_ms: ms, steady_ms: ms }
}
