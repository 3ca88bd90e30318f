//! The request to upload, and curl's configuration for it.

use std::fmt::Write as _;

use crate::input::{self, InputError, Value, or_default};
use crate::shell::Frame;

const DEFAULT_MAX_SECONDS: f64 = 300.0;
/// The longest URL with all headers, in bytes. It crosses in the text of a command, twice as long, which has
/// 131,072 at most.
const LONGEST: usize = 1 << 14;
/// curl waits up to this many seconds for a connection.
const CONNECT_SECONDS: f64 = 30.0;
/// curl ends a connection on which nothing moves for this many seconds.
const STALLED_SECONDS: u32 = 30;

/// A request to upload, unchecked.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of UploadRecordingInput in types/")]
pub struct RawUpload {
    pub url: Value,
    /// Pairs of a name and a value.
    pub required_headers: Value,
    pub max_seconds: Value,
}

/// A checked request to upload. It has no `Debug`, since the URL is a secret.
#[derive(Clone, PartialEq)]
pub struct Upload {
    url: String,
    headers: Vec<(String, String)>,
    /// The time for all attempts, in seconds.
    pub(super) max_seconds: f64,
}

impl Upload {
    /// Checks a request. No error quotes the URL or a header's value.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first field that cannot be used.
    pub fn check(raw: RawUpload) -> Result<Self, InputError> {
        let url = url(raw.url)?;
        let headers = headers(raw.required_headers)?;
        let length = headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if url.len() + length > LONGEST {
            let expected = "short: with the URL, 16384 characters at most";
            return Err(refusal("requiredHeaders", expected, &Value::Other("object")));
        }
        let max_seconds = or_default(raw.max_seconds, DEFAULT_MAX_SECONDS);
        let is_in_range = |seconds| (1.0..=300.0).contains(&seconds);
        let expected = "a number from 1 to 300";
        let max_seconds = input::number("maxSeconds", expected, &max_seconds, is_in_range)?;
        Ok(Self { url, headers, max_seconds })
    }

    /// The length that a header demands, where one does.
    pub(super) fn demanded_length(&self) -> Option<&str> {
        let length = |(name, _): &&(String, String)| is_length(name);
        self.headers.iter().find(length).map(|(_, value)| value.trim())
    }

    /// The configuration of curl (curl(1), `--config`). curl prints what came of it after a line break and
    /// the prefix of `frame`.
    pub(super) fn config(&self, path: &str, seconds: f64, frame: &Frame) -> String {
        let mut config =
            String::from("silent\ngloboff\npath-as-is\nproto = \"=http,https\"\nspeed-limit = 1\n");
        let connect = CONNECT_SECONDS.min(seconds).ceil();
        let seconds = seconds.ceil();
        let _ = writeln!(
            config,
            "speed-time = {STALLED_SECONDS}\nmax-time = {seconds}\nconnect-timeout = {connect}"
        );
        let report = format!(
            "\n{}%{{http_code}}:%{{size_upload}}:%{{http_connect}}:%{{time_connect}}\n",
            frame.prefix()
        );
        let mut option = |name, value: &str| {
            let _ = writeln!(config, "{name} = \"{}\"", escaped(value));
        };
        option("url", &self.url);
        option("upload-file", path);
        option("write-out", &report);
        // curl makes this header itself.
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_length(name)) {
            let value = value.trim_matches([' ', '\t']);
            // curl takes a header without a value for one that is to be left out.
            let line =
                if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            option("header", &line);
        }
        config
    }
}

fn is_length(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-length")
}

/// A value in the double quotes of curl's configuration.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The error for a value that is not quoted.
fn refusal(field: &'static str, expected: &'static str, value: &Value) -> InputError {
    match value {
        Value::Text(_) => InputError {
            got: "another text".to_owned(),
            ..InputError::wrong_type(field, expected, &Value::Absent)
        },
        other => InputError::wrong_type(field, expected, other),
    }
}

/// Checks that a URL is one that curl sends as it is.
fn url(value: Value) -> Result<String, InputError> {
    let expected = "an http or https URL of an object, in ASCII, without a user name";
    let Value::Text(url) = value else { return Err(refusal("url", expected, &value)) };
    let is_accepted = || {
        let (scheme, rest) = url.split_once("://")?;
        let is_http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let path = rest.split_once('?').map_or(rest, |(path, _)| path);
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        // curl appends the name of the file to a URL that ends with a slash.
        let names_object = path.len() > 1 && !path.ends_with('/') && !url.ends_with('/');
        (is_http
            && is_plain
            && names_object
            && !authority.is_empty()
            && !authority.contains(['@', '\\']))
        .then_some(())
    };
    match is_accepted() {
        Some(()) => Ok(url),
        None => Err(refusal("url", expected, &Value::Text(url))),
    }
}

fn headers(value: Value) -> Result<Vec<(String, String)>, InputError> {
    let Value::List(pairs) = value else {
        let expected = "an object with at most 64 headers";
        return Err(refusal("requiredHeaders", expected, &value));
    };
    pairs.into_iter().map(header).collect()
}

/// Checks a header (RFC 9110, 5.1 and 5.5).
fn header(pair: Value) -> Result<(String, String), InputError> {
    let mut parts = match pair {
        Value::List(parts) => parts.into_iter(),
        _ => Vec::new().into_iter(),
    };
    let mut next = || parts.next().unwrap_or(Value::Absent);
    let (name, value) = (next(), next());
    let is_token = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let name = match name {
        Value::Text(name) if is_token(&name) => name,
        other => {
            let expected = "an object whose keys are names of headers";
            return Err(InputError::wrong_type("requiredHeaders", expected, &other));
        }
    };
    if name.eq_ignore_ascii_case("transfer-encoding") {
        let expected = "without Transfer-Encoding, as the length is known";
        return Err(refusal("requiredHeaders", expected, &Value::Other("object")));
    }
    let is_line = |value: &str| value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    match value {
        Value::Text(value) if is_line(&value) => Ok((name, value)),
        other => Err(InputError {
            field: format!("requiredHeaders[{name:?}]").into(),
            ..refusal("requiredHeaders", "a string of one line in ASCII", &other)
        }),
    }
}
