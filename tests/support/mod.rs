//! Sessions for the tests of the core: a scripted one, and one that runs real commands here.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::cell::{Cell, RefCell};
use std::future::ready;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::payload::{Decoded, PayloadDecoder};
use opengeni_runtime_native::recording::{Artifact, RawStart};
use opengeni_runtime_native::shell::{Exec, ExecFailure, Held, Reply, Shell, Stream, Thrown};

pub fn reply(output: &str) -> Reply {
    Reply {
        output: Some(output.to_owned()),
        stdout: None,
        stderr: None,
        session_id: None,
        exit_code: Some(0.0),
    }
}

/// What a provider that tells the streams apart returns.
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
    pub can_exec: bool,
    pub now: Cell<f64>,
    pub transcript: RefCell<Vec<Exec>>,
    pub kept: Kept,
    script: Script,
}

impl Scripted {
    pub fn new(script: impl Fn(&Exec) -> Result<Reply, ExecFailure> + 'static) -> Self {
        Self {
            can_exec: true,
            now: Cell::new(0.0),
            transcript: RefCell::default(),
            kept: Kept::default(),
            script: Box::new(script),
        }
    }

    /// A box with a file of this size, which prints `text` for its base64.
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
        Ok(self.can_exec)
    }

    fn exec(&self, command: Exec) -> impl Future<Output = Result<Reply, ExecFailure>> {
        ready(self.run(command))
    }

    async fn exec_held(&self, command: Exec) -> Result<Reply<Held>, ExecFailure> {
        Ok(self.kept.hold(self.run(command)?))
    }

    async fn decode(&self, stream: Stream, capacity: u64) -> Result<Decoded, Thrown> {
        Ok(self.kept.decode(stream, capacity))
    }

    async fn now(&self) -> f64 {
        self.now.get()
    }
}

/// A session whose box is this machine.
#[derive(Default)]
pub struct LocalBox {
    pub kept: Kept,
}

impl Shell for LocalBox {
    async fn can_exec(&self) -> Result<bool, Thrown> {
        Ok(true)
    }

    async fn exec(&self, command: Exec) -> Result<Reply, ExecFailure> {
        let output = tokio::process::Command::new("sh").arg("-c").arg(&command.cmd).output().await;
        let output = output.expect("sh runs");
        let text = |bytes| String::from_utf8(bytes).expect("the commands print text");
        Ok(split_reply(&text(output.stdout), &text(output.stderr)))
    }

    async fn exec_held(&self, command: Exec) -> Result<Reply<Held>, ExecFailure> {
        Ok(self.kept.hold(self.exec(command).await?))
    }

    async fn decode(&self, stream: Stream, capacity: u64) -> Result<Decoded, Thrown> {
        Ok(self.kept.decode(stream, capacity))
    }

    async fn now(&self) -> f64 {
        0.0
    }
}

/// Texts that stay on this side of the port, and the bytes that were made of them.
#[derive(Default)]
pub struct Kept {
    held: RefCell<Option<Reply>>,
    bytes: RefCell<Vec<u8>>,
}

impl Kept {
    /// The bytes of the last decode.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.borrow().clone()
    }

    fn hold(&self, reply: Reply) -> Reply<Held> {
        let length = |text: &Option<String>| text.as_ref().map(|text| Held(text.len()));
        let lengths = Reply {
            output: length(&reply.output),
            stdout: length(&reply.stdout),
            stderr: reply.stderr.clone(),
            session_id: reply.session_id,
            exit_code: reply.exit_code,
        };
        self.held.replace(Some(reply));
        lengths
    }

    fn decode(&self, stream: Stream, capacity: u64) -> Decoded {
        let reply = self.held.take().expect("decode follows exec_held");
        let text = match stream {
            Stream::Stdout => reply.stdout,
            Stream::Output => reply.output,
        };
        let mut bytes = vec![0; usize::try_from(capacity).expect("capacity fits")];
        let mut decoder = PayloadDecoder::default();
        decoder.push(text.expect("the stream was filled").as_bytes(), &mut bytes);
        decoder.finish(&mut bytes);
        self.bytes.replace(bytes);
        decoder.decoded()
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
    }
}

/// What is read of the handle of a recording at `box_path`, started at 1 s past the epoch.
pub fn artifact(box_path: &str, max_bytes: f64) -> Artifact {
    let codec = "h264-mp4".into();
    Artifact::check(&codec, box_path.into(), &1_000.0.into(), Value::Absent, &max_bytes.into())
        .expect("accepted")
}
