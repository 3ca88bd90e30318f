//! The processes that operations have left running, each on the backend that started it.

use super::Route;
use crate::channel_a::banner;
use crate::ecmascript::same;
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

    /// Whether `process`, which the answer is from, has ended or is gone. A text with a banner tells by its
    /// banner alone, since the process itself may print that something was not found.
    fn has_ended(&self, process: f64) -> bool {
        if let Some(Header { told, .. }) = self.header() {
            return told.exit_code.is_some();
        }
        let is_lost = |text| banner::is_session_lost(text, process);
        self.exit_code.is_some() || self.text.is_some_and(is_lost)
    }

    fn header(&self) -> Option<Header> {
        self.text.and_then(Header::read)
    }
}

/// The processes that are known to run. Each number is one process: the newest, where two backends use it.
#[derive(Debug, Default)]
pub(super) struct Processes(Vec<(f64, Route)>);

impl Processes {
    /// Notes the process that a command has left running, if it has left one.
    pub(super) fn start(&mut self, route: Route, report: Report) {
        if let Some(process) = report.running() {
            self.0.retain(|&(known, _)| !same(known, process));
            self.0.push((process, route));
        }
    }

    /// Notes the answer to an input. A number that another backend uses by now stays with that one.
    pub(super) fn hear(&mut self, route: Route, process: f64, report: Report) {
        if report.has_ended(process) {
            self.0.retain(|&(known, of)| !(same(known, process) && of == route));
        }
    }

    /// The backend that started a process.
    pub(super) fn route(&self, process: f64) -> Option<Route> {
        self.0.iter().find(|&&(known, _)| same(known, process)).map(|&(_, route)| route)
    }

    /// The backends that have a process running.
    pub(super) fn routes(&self) -> impl Iterator<Item = Route> {
        self.0.iter().map(|&(_, route)| route)
    }
}
