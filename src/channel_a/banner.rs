//! The banner before a command's output, and the words of a session's errors.

use memchr::memmem;

use super::outline::{Outline, units};
use crate::ecmascript::{number_text, trim_start};

/// The line that ends a banner, with the line break before it.
const MARKER: &str = "\nOutput:\n";
/// The same line at the beginning of a text.
const FIRST_LINE: &str = "Output:\n";

/// The words before the number of the session in which a command goes on.
pub const RUNNING: &str = "Process running with session ID ";

/// The end of the banner and the beginning of the output, in bytes; `None` without a banner.
fn split(text: &str) -> Option<(usize, usize)> {
    match memmem::find(text.as_bytes(), MARKER.as_bytes()) {
        Some(at) => Some((at, at + MARKER.len())),
        None => text.starts_with(FIRST_LINE).then_some((0, FIRST_LINE.len())),
    }
}

/// Returns a command's output without the banner before it. Only the first line `Output:` ends a banner.
#[must_use]
pub fn strip(text: &str) -> &str {
    split(text).map_or(text, |(_, start)| &text[start..])
}

/// The beginning of the output, in UTF-16 units; `None` without a banner. In a part of a text, a first line
/// `Output:` does not count, since the banner could come in the rest.
#[must_use]
pub fn length(text: &str, is_all: bool) -> Option<usize> {
    ended(text, is_all).map(|(_, start)| units(&text.as_bytes()[..start]))
}

fn ended(text: &str, is_all: bool) -> Option<(usize, usize)> {
    split(text).filter(|(_, start)| is_all || *start > FIRST_LINE.len())
}

/// The text of the banner; the whole text where no line ends a banner.
fn region(text: &str) -> &str {
    split(text).map_or(text, |(end, _)| &text[..end])
}

/// The number of the session in which a command goes on, from the banner.
#[must_use]
pub fn session_id(text: &str) -> Option<f64> {
    number_after(region(text), RUNNING)
}

/// The outline of the number of [`session_id`], empty where there is none; `None` where the text is a part, and
/// no banner ends in it.
#[must_use]
pub fn session_id_outline(text: &str, is_all: bool) -> Option<String> {
    if !is_all && ended(text, is_all).is_none() {
        return None;
    }
    let mut outline = Outline::default();
    if let Some(id) = session_id(text) {
        outline.number(id);
    }
    Some(outline.finish())
}

/// The number behind the first occurrence of `words` that a number follows.
fn number_after(text: &str, words: &str) -> Option<f64> {
    memmem::find_iter(text.as_bytes(), words).find_map(|at| {
        let rest = &text[at + words.len()..];
        let end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

/// Whether an error says that a path leads out of the workspace, as by a link.
#[must_use]
pub fn is_workspace_escape(message: &str) -> bool {
    let message = message.to_lowercase();
    let says = |words: &str| message.contains(words);
    says("workspace escape") || (says("remote validation") && says("escape"))
}

/// The words of a session that does not know the command.
const LOST: &str = "session not found";

/// Whether the answer to an input says that the command in session `id` is gone. A message with another number
/// does not count, also where that number begins with the same digits.
#[must_use]
pub fn is_session_lost(answer: &str, id: f64) -> bool {
    let answer = answer.to_ascii_lowercase();
    let id = number_text(id);
    let mut names_another = false;
    let mut is_said = false;
    for at in memmem::find_iter(answer.as_bytes(), LOST) {
        is_said = true;
        let Some(rest) = answer[at + LOST.len()..].strip_prefix(':') else { continue };
        let named = rest.strip_prefix(' ').and_then(|rest| rest.strip_prefix(id.as_str()));
        if named.is_some_and(|rest| !starts_with_digit(rest)) {
            return true;
        }
        names_another |= starts_with_digit(trim_start(rest));
    }
    is_said && !names_another
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}
