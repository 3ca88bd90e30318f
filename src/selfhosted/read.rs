//! Reading a file of the machine. One message does not hold a long file, so it is read in ranges.

use serde::Serialize;

use super::session::{Field, Op, Place, Response, Rpc, SessionError};
use crate::input::{self, InputError, Value};
use crate::shell::Thrown;

/// The length of a range, in bytes: half of the largest message of a NATS server with its defaults.
pub const RANGE: u64 = 1 << 19;

/// What a message holds beside the bytes of a range, at most, in bytes.
const ENVELOPE: u64 = 1_024;

/// How often a file is read that changes meanwhile.
const READINGS: usize = 3;

/// The port to the bytes of a file, which the host puts together.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Pieces {
    /// The largest message that the server accepts, in bytes, where the connection tells it. Waits up to
    /// `timeout_ms` milliseconds for the connection.
    async fn max_payload(&self, timeout_ms: f64) -> Result<Option<f64>, Thrown>;

    /// Begins to put `length` bytes together, and keeps those of the reading before.
    async fn begin(&self, length: u64) -> Result<(), Thrown>;

    /// Puts the bytes of the last response at `offset`.
    async fn put(&self, offset: u64) -> Result<(), Thrown>;

    /// Whether the bytes begin with all of those of the reading before.
    async fn agrees(&self) -> Result<bool, Thrown>;
}

/// A file to read, whose arguments are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRead {
    place: Place,
    /// The path on the machine.
    path: Field,
    /// The path that the caller passed.
    given: String,
    /// The number of bytes that are wanted; `None` for all.
    most: Option<u64>,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// In the last response.
    Response,
    /// With the host, which has put so many together.
    Pieces(u64),
}

impl Place {
    /// Reads a file, up to `max_bytes`. Absent and 0 mean all of it.
    ///
    /// # Errors
    ///
    /// [`InputError`] for the first argument that cannot be used.
    pub fn read_file(self, path: Value, max_bytes: &Value) -> Result<FileRead, InputError> {
        let given = input::optional_string("path", path)?.unwrap_or_default();
        let path = self.path(given.as_str().into())?;
        let most = match max_bytes {
            Value::Absent => 0.0,
            given => {
                let is_length =
                    |n: f64| n.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&n);
                input::number("maxBytes", "a whole number of bytes, not below 0", given, is_length)?
            }
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
        let most = Some(most as u64).filter(|most| *most > 0);
        Ok(FileRead { place: self, path, given, most })
    }
}

impl FileRead {
    /// Asks for a range; a `length` of 0 means up to the end.
    async fn range(
        &self,
        rpc: &impl Rpc,
        offset: u64,
        length: u64,
    ) -> Result<Response, SessionError> {
        let fields = vec![
            ("path", self.path.clone()),
            ("offset", Field::Text(offset.to_string())),
            ("length", Field::Text(length.to_string())),
        ];
        self.place.ask(rpc, "readFile", Op { case: "fsRead", fields, held: None }).await
    }

    /// Asks for the size and the time of the last change.
    async fn modified(&self, rpc: &impl Rpc) -> Result<Option<String>, SessionError> {
        let op = Op { case: "fsStat", fields: vec![("path", self.path.clone())], held: None };
        Ok(self.place.ask(rpc, "readFile", op).await?.modified)
    }
}

/// The length of a range, in bytes, of which one message holds all.
fn longest(max_payload: Option<f64>) -> u64 {
    let Some(most) = max_payload.filter(|most| *most >= 1.0) else { return RANGE };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "above 0")]
    let most = most as u64;
    most.saturating_sub(ENVELOPE).max(most / 2).clamp(1, RANGE)
}

/// Reads a file. A file of one range is one request.
///
/// A longer file must have the same size and the same time of change before its first range and after its
/// last one, or it is read again. Of a file that grows, as a log does, what two readings in a row have found
/// is taken: files of one size that take turns could look the same twice, and are not taken. A last request is
/// for what follows the end, where an agent that ignores offsets gives what is not there.
///
/// # Errors
///
/// [`SessionError`].
pub async fn read(rpc: &(impl Rpc + Pieces), file: &FileRead) -> Result<Content, SessionError> {
    let longest = longest(rpc.max_payload(file.place.timeout_ms).await?);
    let asked = file.most.map_or(longest, |most| most.min(longest));
    let first = file.range(rpc, 0, asked).await?;
    let Response { length: Some(length), total, .. } = first else { return Ok(Content::Response) };
    let size = total.unwrap_or_default();
    if size < length && length == asked && file.most != Some(asked) {
        // The file has no size to tell, as those in /proc: only the agent sees its end.
        file.range(rpc, 0, file.most.unwrap_or_default()).await?;
        return Ok(Content::Response);
    }
    if size <= length || file.most.is_some_and(|most| most <= length) {
        return Ok(Content::Response);
    }
    let (mut size, mut before) = (size, None);
    for _ in 0..READINGS {
        let end = file.most.map_or(size, |most| most.min(size));
        rpc.begin(end).await?;
        let reading = read_through(rpc, file, longest, size, end).await?;
        if reading.course == Course::Steady {
            return Ok(Content::Pieces(end));
        }
        let has_grown = reading.course == Course::Grown;
        if let Some(length) = before.filter(|_| has_grown)
            && rpc.agrees().await?
        {
            return Ok(Content::Pieces(length));
        }
        before = has_grown.then_some(end);
        size = reading.size;
    }
    Err(SessionError::Changed(file.given.clone()))
}

/// What came of reading a file once, from its beginning to `end`.
struct Reading {
    course: Course,
    /// The size of the file at last.
    size: u64,
}

/// How a file was while it was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    /// The same.
    Steady,
    /// It has grown, and was never shorter than before.
    Grown,
    /// It was another one.
    Changed,
}

async fn read_through(
    rpc: &(impl Rpc + Pieces),
    file: &FileRead,
    longest: u64,
    size: u64,
    end: u64,
) -> Result<Reading, SessionError> {
    let unranged = || SessionError::Unranged(file.given.clone());
    let before = file.modified(rpc).await?;
    let (mut at, mut last, mut has_shrunk) = (0, Some(size), false);
    while at < end {
        let asked = longest.min(end - at);
        let Response { length, total, .. } = file.range(rpc, at, asked).await?;
        let length = length.filter(|length| *length <= asked).ok_or_else(unranged)?;
        has_shrunk |= total < last;
        last = total;
        if length == 0 {
            has_shrunk = true;
            break;
        }
        rpc.put(at).await?;
        at += length;
    }
    let Response { length, total, .. } = file.range(rpc, size, 1).await?;
    if total == Some(size) && length != Some(0) {
        return Err(unranged());
    }
    let is_same = total == Some(size) && before == file.modified(rpc).await?;
    let course = match total {
        _ if has_shrunk || total < last => Course::Changed,
        _ if is_same => Course::Steady,
        Some(total) if total > size => Course::Grown,
        _ => Course::Changed,
    };
    Ok(Reading { course, size: total.unwrap_or_default() })
}
