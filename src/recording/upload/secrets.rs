//! Keeps the URL and the headers of an upload out of errors.

use crate::shell::tail;

/// Stands for what is left out.
const HIDDEN: &str = "…";
/// Parts of a URL that are shorter tell nothing, such as the number of seconds in which it expires.
const SHORTEST: usize = 6;
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
        parts.extend(values);
        let mut secrets: Vec<String> = parts
            .into_iter()
            .flat_map(|part| {
                let decoded = percent_decoded(part);
                let pieces: Vec<_> =
                    decoded.split(['/', '&', '=']).map(str::to_ascii_lowercase).collect();
                [part.to_ascii_lowercase(), decoded.to_ascii_lowercase()].into_iter().chain(pieces)
            })
            .flat_map(|part| [part.replace('&', "&amp;"), part])
            .filter(|part| part.len() >= SHORTEST)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// A text without the secrets, and without what may be one in another form.
    pub(super) fn hide(&self, text: &str) -> String {
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
        words.collect::<Vec<_>>().join(" ")
    }

    /// What a store's answer says: the code and the message of an XML error, else the end of its text.
    pub(super) fn answer(&self, body: &str) -> String {
        let element = |name: &str| {
            let (_, rest) = body.split_once(&format!("<{name}>"))?;
            Some(rest.split_once('<')?.0)
        };
        let said = match (element("Code"), element("Message")) {
            (None, None) => tail(untagged(body).trim(), QUOTED),
            (code, message) => {
                let parts: Vec<_> = [code, message].into_iter().flatten().collect();
                tail(&parts.join(": "), QUOTED)
            }
        };
        self.hide(&said)
    }
}

/// Whether a word may be a key, a signature or an encoded text.
fn is_opaque(word: &str) -> bool {
    let (length, digits) = (word.len(), word.bytes().filter(u8::is_ascii_digit).count());
    length >= 32 || length >= 16 && digits * 6 >= length
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
