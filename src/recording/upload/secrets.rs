//! Keeps the URL and the headers of an upload out of errors.

use crate::shell::tail;

/// Stands for what is left out.
const HIDDEN: &str = "…";
/// Parts of a URL that are shorter tell nothing, such as the number of seconds in which it expires.
const SHORTEST: usize = 6;
/// The same of a header's value.
const SHORTEST_VALUE: usize = 3;
/// The box cuts a text to [`super::command::KEPT_BYTES`], and a report of curl's is at the end of it.
const CUT: usize = 1_800;
/// An error quotes at most this many characters of a store's answer.
const QUOTED: usize = 300;

/// What no error may tell: a URL with its parts, and the values of headers. Longer ones come first.
#[derive(Clone)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of<'a>(url: &'a str, values: impl Iterator<Item = &'a str>) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut parts = vec![url, rest, address, query];
        parts.extend(address.split(['/', ':']));
        parts.extend(query.split(['&', '=', '/', '#']));
        let mut secrets: Vec<String> = parts
            .into_iter()
            .flat_map(|part| {
                let decoded = percent_decoded(part);
                let mut forms: Vec<_> = decoded.split(['/', '&', '=']).map(str::to_owned).collect();
                forms.extend([part.to_owned(), decoded]);
                forms
            })
            .filter(|part| part.len() >= SHORTEST)
            .chain(values.map(str::to_owned).filter(|value| value.len() >= SHORTEST_VALUE))
            .map(|part| part.to_ascii_lowercase())
            .flat_map(|part| [part.replace('&', "&amp;"), part])
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// The end of a text of the box, without the secrets, and without what may be one in another form.
    pub(super) fn hide(&self, text: &str) -> String {
        // A text that the box has cut begins within a word, which may be a part of a secret.
        let text =
            if text.len() < CUT { text } else { text.split_once(' ').map_or("", |cut| cut.1) };
        let mut hidden = text.to_owned();
        for secret in &self.0 {
            let mut at = 0;
            while let Some(found) = hidden[at..].to_ascii_lowercase().find(secret) {
                let start = at + found;
                hidden.replace_range(start..start + secret.len(), HIDDEN);
                at = start + HIDDEN.len();
            }
        }
        let words =
            hidden.split_whitespace().map(|word| if is_opaque(word) { HIDDEN } else { word });
        tail(&words.collect::<Vec<_>>().join(" "), QUOTED)
    }

    /// What a store's answer says: the code and the message of an XML error, else the end of its text.
    pub(super) fn answer(&self, body: &str) -> String {
        let element = |name: &str| {
            let (_, rest) = body.split_once(&format!("<{name}>"))?;
            Some(rest.split_once('<')?.0)
        };
        match (element("Code"), element("Message")) {
            (None, None) => self.hide(&untagged(body)),
            (code, message) => {
                let parts: Vec<_> = [code, message].into_iter().flatten().collect();
                self.hide(&parts.join(": "))
            }
        }
    }
}

/// Whether a word may be a key, a signature, an encoded text, or an address with a password.
fn is_opaque(word: &str) -> bool {
    let (length, digits) = (word.len(), word.bytes().filter(u8::is_ascii_digit).count());
    word.contains('@') || length >= 32 || length >= 16 && digits * 6 >= length
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text without the tags of HTML.
fn untagged(text: &str) -> String {
    let mut words = String::new();
    for (at, part) in text.split('<').enumerate() {
        let part = if at == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) };
        words.push_str(part);
        words.push(' ');
    }
    words
}
