//! The frame that a command prints around its answer.
//!
//! A login shell's greeting, a trace or a prompt can surround the answer of a command, and a session can
//! cut it. A frame is an opening and a closing line with a random number of the call. The text between
//! them is the answer, and the text outside is noise. Where one line is missing, the answer was cut.

use std::hash::{BuildHasher, RandomState};

use memchr::memmem;

/// The label of the closing line.
const END: &str = "end";

/// The opening line `<nonce>:<label>` and the closing line `<nonce>:end` of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    nonce: String,
    label: String,
}

impl Frame {
    /// A frame with a new random number.
    #[must_use]
    pub fn new(label: &str) -> Self {
        // The keys of the standard library's hasher are random.
        let nonce = RandomState::new().hash_one(label);
        Self { nonce: format!("og-{nonce:016x}"), label: label.to_owned() }
    }

    /// Another frame of the same call: the same number with another label.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Self {
        Self { nonce: self.nonce.clone(), label: label.to_owned() }
    }

    /// Shell text that prints the opening line, runs `script`, and prints the closing line.
    ///
    /// The text holds neither line as it is printed, so a terminal's echo or a shell's trace of it has no
    /// frame.
    #[must_use]
    pub fn around(&self, script: &str) -> String {
        let Self { nonce, label } = self;
        let line = r#"printf "\n%s:%s\n""#;
        format!("{line} {nonce} {label}; {script}; {line} {nonce} {END}")
    }

    /// The random number of the call, as text.
    pub(crate) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The beginning of both lines.
    pub(crate) fn prefix(&self) -> String {
        format!("{}:", self.nonce)
    }

    /// Tells which line begins with [`Self::prefix`] and `rest`, and how many bytes of `rest` it takes.
    pub(crate) fn mark(&self, rest: &[u8]) -> Option<(Mark, usize)> {
        let of = |word: &str, mark| {
            let after = rest.strip_prefix(word.as_bytes())?;
            let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\r')).count();
            let end = match after.get(blanks) {
                None => blanks,
                Some(b'\n') => blanks + 1,
                Some(_) => return None,
            };
            Some((mark, word.len() + end))
        };
        of(&self.label, Mark::Open).or_else(|| of(END, Mark::Close))
    }

    /// Finds the frame in a whole text.
    #[must_use]
    pub fn read<'a>(&self, text: &'a str) -> Framed<'a> {
        let prefix = self.prefix();
        let finder = memmem::Finder::new(&prefix);
        let marks: Vec<_> = finder
            .find_iter(text.as_bytes())
            .filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n')
            .filter_map(|at| {
                let start = at + prefix.len();
                let (mark, length) = self.mark(&text.as_bytes()[start..])?;
                Some((mark, at, start + length))
            })
            .collect();
        let opened = marks.iter().find(|(mark, ..)| *mark == Mark::Open);
        match opened {
            Some(&(_, _, start)) => {
                let closed =
                    marks.iter().find(|&&(mark, at, _)| mark == Mark::Close && at >= start);
                match closed {
                    Some(&(_, end, _)) => Framed::Whole(&text[start..end]),
                    None => Framed::Cut(&text[start..]),
                }
            }
            None if marks.is_empty() => Framed::Bare,
            None => Framed::Headless(text),
        }
    }
}

/// One of the two lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Open,
    Close,
}

/// A text by its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framed<'a> {
    /// Both lines are there; the text between them.
    Whole(&'a str),
    /// The closing line is missing; the text after the opening one.
    Cut(&'a str),
    /// The opening line is missing; the whole text.
    Headless(&'a str),
    /// There is no frame.
    Bare,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame { nonce: "og-1".to_owned(), label: "size".to_owned() }
    }

    #[test]
    fn only_lines_of_their_own_are_marks() {
        let cases = [
            ("", Framed::Bare),
            ("5\n", Framed::Bare),
            ("og-1:size\n5\nog-1:end\n", Framed::Whole("5\n")),
            ("hi\n\nog-1:size\r\n5\r\n\r\nog-1:end\r\n$ ", Framed::Whole("5\r\n\r\n")),
            ("og-1:size\n5\n\nog-1:end", Framed::Whole("5\n\n")),
            ("og-1:size\nog-1:end\nog-1:size\n7\nog-1:end\n", Framed::Whole("")),
            ("og-1:size\n5", Framed::Cut("5")),
            ("5\nog-1:end\n", Framed::Headless("5\nog-1:end\n")),
            // An echo, longer labels, and another call's frame.
            ("$ printf og-1:size\n5\n og-1:end\n", Framed::Bare),
            ("og-1:sizes\n5\nog-1:ended\n", Framed::Bare),
            ("og-2:size\n5\nog-2:end\n", Framed::Bare),
        ];
        for (text, expected) in cases {
            assert_eq!(frame().read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn frames_of_one_call_are_told_apart_by_their_labels() {
        let text = "og-1:size\n5\nog-1:end\n\nog-1:sha256\nabc\nog-1:end\n";
        assert_eq!(frame().read(text), Framed::Whole("5\n"));
        assert_eq!(frame().labelled("sha256").read(text), Framed::Whole("abc\n"));
    }

    #[test]
    fn no_two_calls_have_the_same_frame() {
        assert_ne!(Frame::new("size"), Frame::new("size"));
    }

    #[test]
    fn the_command_does_not_show_the_marks() {
        let frame = Frame::new("size");
        let text = frame.around("echo 5");
        assert!(!text.contains(&frame.prefix()), "{text}");
    }
}
