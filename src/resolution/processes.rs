//! The processes that operations have left running, each on the backend that started it.

use super::Route;
use crate::ecmascript::{number_text, same};
use crate::shell::Header;

/// What an answer tells of a process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Report<'a> {
    /// The number of a process that goes on.
    pub session_id: Option<f64>,
    /// The exit code of a process that has ended.
    pub exit_code: Option<f64>,
    /// The beginning of its text. A banner in it tells the number and the exit code.
    pub text: Option<&'a str>,
}

impl Report<'_> {
    /// The process that goes on.
    fn running(&self) -> Option<f64> {
        let (session_id, exit_code) = match self.header() {
            Some(Header { told, .. }) => (told.session_id, told.exit_code),
            None => (self.session_id, self.exit_code),
        };
        session_id.filter(|id| id.is_finite() && exit_code.is_none())
    }

    /// Whether the process with this number, which the answer is from, has ended or is gone. Text beside a
    /// banner or a number tells nothing, since the process itself may have printed it.
    fn has_ended(&self, number: f64) -> bool {
        match self.header() {
            Some(Header { told, .. }) => told.exit_code.is_some(),
            None if self.exit_code.is_some() => true,
            None if self.session_id.is_some() => false,
            None => self.text.is_some_and(|text| {
                // The whole text is the provider's sentence.
                text.strip_prefix(FAILED).unwrap_or(text) == words_of_loss(number)
            }),
        }
    }

    fn header(&self) -> Option<Header> {
        self.text.and_then(Header::read)
    }
}

/// What a provider says before its words about a process that it does not know, if anything.
const FAILED: &str = "write_stdin failed: ";

/// A provider's words about a process that it does not know.
fn words_of_loss(number: f64) -> String {
    format!("session not found: {}", number_text(number))
}

/// The id of a process, from 1. No other process of the session has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProcessId(pub u32);

/// A process that is known to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// Its id.
    pub id: ProcessId,
    /// The backend that its input goes to.
    pub route: Route,
    /// Whether that backend has met an input with a fence.
    pub is_fenced: bool,
    /// Its number, which another process may have, too.
    number: f64,
}

/// The processes that are known to run, in the order of their start. A number means the newest process that has
/// it; once that has ended, the one before.
#[derive(Debug, Default)]
pub(super) struct Processes {
    running: Vec<Process>,
    started: u32,
}

impl Processes {
    /// Notes the process that a command has left running, if it has left one. One of this number that ran on
    /// the same backend has ended, since the backend gives the number anew.
    pub(super) fn start(&mut self, route: Route, report: Report) {
        if let Some(number) = report.running() {
            self.running.retain(|known| !(same(known.number, number) && known.route == route));
            self.started = self.started.wrapping_add(1);
            let id = ProcessId(self.started);
            self.running.push(Process { id, route, is_fenced: false, number });
        }
    }

    /// Notes the answer to an input.
    pub(super) fn hear(&mut self, id: ProcessId, report: Report) {
        self.running.retain(|known| known.id != id || !report.has_ended(known.number));
    }

    /// Notes the message of the error that an input was answered with. Other words may come before the
    /// provider's.
    pub(super) fn lose(&mut self, id: ProcessId, message: &str) {
        let is_lost = |known: &Process| message.ends_with(&words_of_loss(known.number));
        self.running.retain(|known| known.id != id || !is_lost(known));
    }

    /// Notes that a backend has met an input with a fence.
    pub(super) fn fence(&mut self, route: Route) {
        for known in self.running.iter_mut().filter(|known| known.route == route) {
            known.is_fenced = true;
        }
    }

    /// Moves a process to the backend that has replaced its own. Whether it runs there: it may have ended
    /// meanwhile, or another process that was started there has the number.
    pub(super) fn follow(&mut self, id: ProcessId, route: Route) -> bool {
        let Some(at) = self.running.iter().position(|known| known.id == id) else { return false };
        let mut moved = self.running[at];
        let is_taken = |known: &Process| {
            known.id != id && known.route == route && same(known.number, moved.number)
        };
        if self.running.iter().any(is_taken) {
            self.running.remove(at);
            return false;
        }
        (moved.route, moved.is_fenced) = (route, false);
        self.running[at] = moved;
        true
    }

    /// The newest process that has a number.
    pub(super) fn find(&self, number: f64) -> Option<Process> {
        self.running.iter().rfind(|known| same(known.number, number)).copied()
    }

    /// The backends that have a process running.
    pub(super) fn routes(&self) -> impl Iterator<Item = Route> {
        self.running.iter().map(|known| known.route)
    }
}
