//! Runs the service's own commands, and proves that each answer is complete.
//!
//! A command prints a line before its output, a line with its exit status after it, and a closing line
//! (`shell::Frame`). Where the session cuts an answer, the command runs again with its output in a file on the
//! box, which is read in pieces. Where a command outlasts the session's own wait, the runner goes on waiting.

use std::cell::Cell;

use super::banner::strip;
use super::base64;
use super::error::ServiceError;
use super::workspace::{Output, Place, Workspace};
use crate::shell::{Channel, Frame, Framed, Reply, SMALLEST_PIECE, Span, Told, quoted};

/// The greatest length of an output that comes with the answer, in bytes. All known sessions let it through.
const AT_ONCE: u64 = 200_000;
/// The time to wait for a command that outlasts the session's own wait, in milliseconds.
const WAIT_MS: f64 = 120_000.0;
/// The time of each call of `writeStdin` during that wait, in milliseconds.
const LOOK_MS: u32 = 10_000;
/// The number of failures of the smallest piece after which a read fails.
const TRIES: u32 = 3;
/// The exit status of a missing command.
const NOT_FOUND: f64 = 127.0;
/// The greatest length of a command's output in an error, in characters.
const QUOTED: usize = 4_000;

/// Resets the options of the shell that a profile may have set and that would change a script.
const PLAIN: &str = "set +efuvxC";

/// The result of a command that changes something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Done {
    /// The exit status; `None` where the session tells none.
    pub(super) status: Option<f64>,
    /// The output.
    said: String,
}

impl Done {
    /// Whether the command has failed. An unknown status counts as success.
    pub(super) fn has_failed(&self) -> bool {
        self.status.is_some_and(|status| status != 0.0)
    }

    /// The output, or the exit status where the output is empty.
    pub(super) fn words(&self) -> String {
        if self.said.is_empty() {
            let status = self.status.unwrap_or_default();
            return format!("exit {}", crate::ecmascript::number_text(status));
        }
        let skipped = self.said.chars().count().saturating_sub(QUOTED);
        self.said.chars().skip(skipped).collect()
    }
}

/// The output of a command.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Printed<Text = String> {
    pub(super) text: Text,
    /// The exit status; `None` where the session tells none.
    pub(super) status: Option<f64>,
    /// Whether the output is longer than was asked for.
    pub(super) is_cut: bool,
}

impl<Text> Printed<Text> {
    /// Whether the command has failed. An unknown status counts as success.
    pub(super) fn has_failed(&self) -> bool {
        self.status.is_some_and(|status| status != 0.0)
    }
}

/// The shell of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shell {
    /// The session's own.
    Session,
    /// A login shell of bash.
    Login,
}

/// The part of a command's output that is wanted.
pub(super) struct Wanted<'a> {
    /// The greatest number of bytes.
    pub(super) most: u64,
    /// Whether the bytes so far are enough.
    pub(super) is_enough: &'a dyn Fn(&[u8]) -> bool,
}

impl Wanted<'_> {
    /// The whole output.
    pub(super) const ALL: Wanted<'static> = Wanted { most: u64::MAX, is_enough: &|_| false };

    /// At most `most` bytes.
    pub(super) fn up_to(most: u64) -> Wanted<'static> {
        Wanted { most, ..Wanted::ALL }
    }
}

/// Runs commands for one operation.
pub(super) struct Runner<'a, W> {
    workspace: &'a W,
    /// Whether an answer has had a frame. An answer without one is then incomplete.
    has_framed: Cell<bool>,
}

/// The answer of a session to a command that has ended.
struct Answer {
    reply: Reply,
    /// Standard output, or the output where the session does not separate them.
    printed: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        match output {
            Output::Result(reply, _) => {
                let printed = reply.stdout.clone().or_else(|| reply.output.clone());
                Self { printed: printed.unwrap_or_default(), reply }
            }
            Output::Text(text) => {
                let printed = strip(&text).to_owned();
                let Told { exit_code, session_id, .. } = told(&text);
                let output = Some(printed.clone());
                let (stdout, stderr) = (None, None);
                Self { reply: Reply { output, stdout, stderr, session_id, exit_code }, printed }
            }
        }
    }

    /// Appends the further output of a command that went on.
    fn extend(&mut self, text: &str) {
        let more = strip(text);
        self.printed.push_str(more);
        self.reply.output.get_or_insert_default().push_str(more);
        if let Some(stdout) = &mut self.reply.stdout {
            stdout.push_str(more);
        }
        let Told { exit_code, session_id, .. } = told(text);
        (self.reply.exit_code, self.reply.session_id) = (exit_code, session_id);
    }
}

/// The facts in the banner of a text.
pub(super) fn told(text: &str) -> Told {
    Told::by(&text[..text.len() - strip(text).len()])
}

impl<'a, W: Workspace> Runner<'a, W> {
    pub(super) fn new(workspace: &'a W) -> Self {
        Self { workspace, has_framed: Cell::new(false) }
    }

    pub(super) fn workspace(&self) -> &'a W {
        self.workspace
    }

    /// Runs a command that changes something. Its output is only about failures.
    pub(super) async fn perform(&self, cmd: &str, place: &Place) -> Result<Done, ServiceError> {
        let frame = Frame::new("done");
        let line = format!("{}exit:", frame.prefix());
        let script = format!("{{ {cmd}; {}; }} 2>&1", status_line(&frame));
        let answer = self.run(&frame, &script, place, Shell::Session).await?;
        match answer.reply.framed(&frame) {
            // The end of the answer has the status, so a cut before it does not matter.
            Framed::Whole(text) | Framed::Headless(text) | Framed::Cut(text) => {
                match with_status(text, &line) {
                    Some((said, status)) => {
                        Ok(Done { status: Some(status), said: said.to_owned() })
                    }
                    None => Err(cut(cmd)),
                }
            }
            // The outcome of the command is unknown.
            Framed::Bare if self.has_framed.get() => Err(cut(cmd)),
            Framed::Bare => {
                let said = answer.reply.stderr.unwrap_or_default();
                Ok(Done { status: answer.reply.exit_code, said })
            }
        }
    }

    /// Runs a command that changes nothing, and returns its output as text.
    pub(super) async fn read(
        &self,
        cmd: &str,
        place: &Place,
        shell: Shell,
        wanted: Wanted<'_>,
    ) -> Result<Printed, ServiceError> {
        let frame = Frame::new("text");
        let line = format!("{}exit:", frame.prefix());
        let at_once = wanted.most.min(AT_ONCE);
        // The limit includes the line with the status.
        let limit = at_once + u64::try_from(line.len() + 8).unwrap_or_default();
        let source = format!("{{ {cmd}; {}; }} 2>/dev/null", status_line(&frame));
        let script = format!("{source} | head -c {limit}");
        let answer = self.run(&frame, &script, place, shell).await?;
        match answer.reply.framed(&frame) {
            Framed::Whole(text) => {
                if let Some((text, status)) = with_status(text, &line) {
                    return Ok(printed(text.to_owned(), Some(status), false));
                }
                if wanted.most <= AT_ONCE || (wanted.is_enough)(text.as_bytes()) {
                    return Ok(printed(text.to_owned(), None, true));
                }
            }
            Framed::Cut(_) | Framed::Headless(_) => {}
            Framed::Bare if self.has_framed.get() => {}
            Framed::Bare => {
                let status = answer.reply.exit_code;
                if shell == Shell::Login && status == Some(NOT_FOUND) {
                    let error = "the box has no bash, which lists files; install it in the image";
                    return Err(ServiceError::Unanswered(error.to_owned()));
                }
                let text = answer.printed;
                return Ok(Printed { text, status, is_cut: false });
            }
        }
        let spilled = self.spill(cmd, place, shell, &wanted).await?;
        let (bytes, status, is_cut) = spilled;
        Ok(printed(String::from_utf8_lossy(&bytes).into_owned(), status, is_cut))
    }

    /// Runs a command that prints base64, and returns the bytes. `raw` prints the same bytes without base64. It
    /// runs where the answer is incomplete.
    pub(super) async fn read_bytes(
        &self,
        cmd: &str,
        raw: &str,
        place: &Place,
        most: u64,
    ) -> Result<Printed<Vec<u8>>, ServiceError> {
        let encoded = self.read_encoded(cmd, place, most).await?;
        if let Some(encoded) = encoded {
            return Ok(encoded);
        }
        let (text, status, is_cut) =
            self.spill(raw, place, Shell::Session, &Wanted::up_to(most)).await?;
        Ok(Printed { text, status, is_cut })
    }

    /// The bytes that a command prints in base64; `None` where the answer is incomplete.
    pub(super) async fn read_encoded(
        &self,
        cmd: &str,
        place: &Place,
        most: u64,
    ) -> Result<Option<Printed<Vec<u8>>>, ServiceError> {
        let frame = Frame::new("base64");
        let line = format!("{}exit:", frame.prefix());
        let script =
            format!("{{ {cmd}; {}; }} 2>/dev/null | head -c {AT_ONCE}", status_line(&frame));
        let answer = self.run(&frame, &script, place, Shell::Session).await?;
        match answer.reply.framed(&frame) {
            Framed::Whole(text) => Ok(with_status(text, &line).and_then(|(text, status)| {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                // A long enough text may end within a group of four characters.
                let mut bytes = base64::strict(text)
                    .or_else(|| Some(base64::lenient(text)).filter(|bytes| bytes.len() >= most))?;
                let is_cut = bytes.len() > most;
                bytes.truncate(most);
                Some(Printed { text: bytes, status: Some(status), is_cut })
            })),
            Framed::Cut(_) | Framed::Headless(_) => Ok(None),
            Framed::Bare if self.has_framed.get() => Ok(None),
            Framed::Bare => {
                let text = base64::lenient(&answer.printed.replace('\n', ""));
                let (status, is_cut) = (answer.reply.exit_code, false);
                let is_empty = answer.printed.is_empty();
                // The status matters only for an empty output: it tells a failure from an empty file.
                let status = status.filter(|_| is_empty);
                Ok(Some(Printed { text, status, is_cut }))
            }
        }
    }

    /// The bytes of a file up to `end`, read in pieces. `file` is a word of the shell.
    pub(super) async fn pieces(
        &self,
        file: &str,
        end: u64,
        is_enough: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, ServiceError> {
        let mut channel = self.workspace.channel().await?.unwrap_or_default();
        let known = channel.known();
        let mut bytes = Vec::new();
        let read = self.fetch(file, end, is_enough, &mut channel, &mut bytes).await;
        if channel.known() != known {
            self.workspace.remember(channel).await;
        }
        read.map(|()| bytes)
    }

    async fn fetch(
        &self,
        file: &str,
        end: u64,
        is_enough: &dyn Fn(&[u8]) -> bool,
        channel: &mut Channel,
        bytes: &mut Vec<u8>,
    ) -> Result<(), ServiceError> {
        let mut failures = 0;
        while (bytes.len() as u64) < end && !is_enough(bytes) {
            let offset = bytes.len() as u64;
            let length = channel.piece(end - offset, false);
            match self.piece(file, Span { offset, length }).await {
                Ok(Some(piece)) => {
                    channel.came_whole(length);
                    bytes.extend(piece);
                    failures = 0;
                }
                failed => {
                    failures += u32::from(length <= SMALLEST_PIECE || failed.is_err());
                    if failures == TRIES {
                        failed?;
                        return Err(cut("a piece of a file"));
                    }
                    channel.failed(length);
                }
            }
        }
        Ok(())
    }

    /// A piece of a file; `None` where it is incomplete.
    async fn piece(&self, file: &str, span: Span) -> Result<Option<Vec<u8>>, ServiceError> {
        let Span { offset, length } = span;
        let frame = Frame::new(&format!("{offset}+{length}"));
        let script = format!("tail -c +{} {file} | head -c {length} | base64", offset + 1);
        let answer = self.run(&frame, &script, &Place::Session, Shell::Session).await?;
        Ok(match answer.reply.framed(&frame) {
            Framed::Whole(text) => {
                base64::strict(text).filter(|bytes| bytes.len() as u64 == length)
            }
            Framed::Cut(_) | Framed::Headless(_) | Framed::Bare => None,
        })
    }

    /// Runs a command again with its output in a file on the box, and reads the file in pieces.
    async fn spill(
        &self,
        cmd: &str,
        place: &Place,
        shell: Shell,
        wanted: &Wanted<'_>,
    ) -> Result<(Vec<u8>, Option<f64>, bool), ServiceError> {
        let frame = Frame::new("size");
        let prefix = frame.prefix();
        let line = format!("{prefix}exit:");
        let file = format!("\"${{TMPDIR:-/tmp}}\"/{}", prefix.trim_end_matches(':'));
        let limit = match wanted.most {
            u64::MAX => String::new(),
            most => format!(" | head -c {}", most + line.len() as u64 + 8),
        };
        let script = format!(
            "(umask 077; set -C; {{ {cmd}; {}; }} 2>/dev/null{limit} >{file}) && wc -c <{file}",
            status_line(&frame)
        );
        let answer = self.run(&frame, &script, place, shell).await?;
        let size = match answer.reply.framed(&frame) {
            Framed::Whole(text) => text.trim().parse::<u64>().ok(),
            Framed::Cut(_) | Framed::Headless(_) | Framed::Bare => None,
        };
        let read = match size {
            Some(size) => self.pieces(&file, size, wanted.is_enough).await,
            None => Err(cut(cmd)),
        };
        // A failure to remove the file does not make the bytes less valid.
        let removal = Frame::new("done");
        let _ = self.run(&removal, &format!("rm -f {file}"), &Place::Session, Shell::Session).await;
        let mut bytes = read?;
        let end = memchr::memmem::rfind(&bytes, line.as_bytes());
        let status = end.and_then(|at| {
            let line = std::str::from_utf8(&bytes[at + line.len()..]).ok()?;
            line.trim().parse().ok()
        });
        match (end, status) {
            (Some(end), Some(_)) => bytes.truncate(end.saturating_sub(1)),
            _ => bytes.truncate(usize::try_from(wanted.most).unwrap_or(usize::MAX)),
        }
        Ok((bytes, status, status.is_none()))
    }

    /// Runs a script in its frame, and waits for its end.
    async fn run(
        &self,
        frame: &Frame,
        script: &str,
        place: &Place,
        shell: Shell,
    ) -> Result<Answer, ServiceError> {
        let script = format!("{PLAIN}; {}", frame.around(script));
        let cmd = match shell {
            Shell::Session => script,
            Shell::Login => format!("bash -lc {}", quoted(&script)),
        };
        let output = self.workspace.exec(cmd, place, None).await?;
        let mut answer = Answer::of(output.ok_or_else(ServiceError::no_commands)?);
        let begun = self.workspace.now().steady_ms;
        loop {
            let framed = answer.reply.framed(frame);
            self.has_framed.set(self.has_framed.get() || framed != Framed::Bare);
            let Some(id) = answer.reply.unfinished() else { return Ok(answer) };
            if matches!(framed, Framed::Whole(_)) {
                return Ok(answer);
            }
            let is_over = self.workspace.now().steady_ms - begun > WAIT_MS;
            let look = self.workspace.write_stdin(id, String::new(), LOOK_MS);
            match if is_over { None } else { look.await? } {
                Some(text) => answer.extend(&text),
                None => return Err(unfinished(id)),
            }
        }
    }
}

fn printed<Text>(text: Text, status: Option<f64>, is_cut: bool) -> Printed<Text> {
    Printed { text, status, is_cut }
}

/// Shell text that prints the exit status of the command before it, on a line of its own.
fn status_line(frame: &Frame) -> String {
    let prefix = frame.prefix();
    let nonce = prefix.trim_end_matches(':');
    format!(r#"printf "\n%s:exit:%s\n" {nonce} $?"#)
}

/// The text before the line with the status, and the status.
fn with_status<'a>(text: &'a str, line: &str) -> Option<(&'a str, f64)> {
    let at = text.rfind(line)?;
    let rest = text[at + line.len()..].lines().next()?;
    Some((text[..at].strip_suffix('\n')?, rest.trim().parse().ok()?))
}

fn cut(cmd: &str) -> ServiceError {
    let cmd: String = cmd.chars().take(80).collect();
    ServiceError::Unanswered(format!(
        "the answer of the box is incomplete; check the box before you try again: {}",
        crate::shell::visible(&cmd)
    ))
}

fn unfinished(id: f64) -> ServiceError {
    let id = crate::ecmascript::number_text(id);
    ServiceError::Unanswered(format!(
        "the command has not finished; it goes on as session {id} on the box"
    ))
}
