//! Sending a request again, where that cannot carry it out twice.

use std::hash::{BuildHasher, RandomState};

use serde::Serialize;

use super::control::code;
use super::session::{Op, Response};
use super::transport::Delivery;
use crate::ecmascript::same;
use crate::input::{self, Given, Reader, Value};
use crate::shell::Thrown;

/// The operations that change nothing, so that an answer that did not come can be asked for again.
const READS: [&str; 5] = ["ping", "metrics", "fsStat", "fsList", "fsRead"];

/// How often a request is sent again, and how long is waited before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// How often a command, which the agent did not begin since it is about to stop.
    pub draining_exec: f64,
    /// The same of other operations.
    pub draining: f64,
    /// How often a request that no agent has got.
    pub never_sent: f64,
    /// How often one of `READS` that was not answered in time.
    pub timeout: f64,
    /// The longest wait before the first of them, in milliseconds.
    pub base_ms: f64,
    /// By what the longest wait grows.
    pub factor: f64,
    /// The longest wait of all, in milliseconds.
    pub cap_ms: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self::of_parts([10.0, 3.0, 3.0, 1.0, 500.0, 2.0, 8_000.0])
    }
}

/// What a field accepts.
type Accepts = (&'static str, fn(f64) -> bool);
const COUNT: Accepts =
    ("a whole number from 0 to 100", |n| n.fract() == 0.0 && (0.0..=100.0).contains(&n));
const FACTOR: Accepts = ("a number from 1 to 100", |n| (1.0..=100.0).contains(&n));
const MS: Accepts =
    ("a number of milliseconds from 0 to 2147483647", |n| (0.0..=f64::from(i32::MAX)).contains(&n));

/// The names of the fields as the caller writes them, in their order.
const FIELDS: [(&str, Accepts); 7] = [
    ("retry.drainingExec", COUNT),
    ("retry.draining", COUNT),
    ("retry.neverSent", COUNT),
    ("retry.timeout", COUNT),
    ("retry.baseMs", MS),
    ("retry.factor", FACTOR),
    ("retry.capMs", MS),
];

/// What an object with other fields is refused for.
const KNOWN: &str = "an object with no other fields than drainingExec, draining, neverSent, timeout, \
                     baseMs, factor and capMs";

/// The name of a field in its object.
fn name_of(path: &'static str) -> &'static str {
    path.split_once('.').map_or(path, |(_, name)| name)
}

impl Policy {
    /// A policy of its fields in their order.
    #[must_use]
    pub fn of_parts(parts: [f64; 7]) -> Self {
        let [draining_exec, draining, never_sent, timeout, base_ms, factor, cap_ms] = parts;
        Self { draining_exec, draining, never_sent, timeout, base_ms, factor, cap_ms }
    }

    /// The fields in their order.
    #[must_use]
    pub fn parts(self) -> [f64; 7] {
        let Self { draining_exec, draining, never_sent, timeout, base_ms, factor, cap_ms } = self;
        [draining_exec, draining, never_sent, timeout, base_ms, factor, cap_ms]
    }

    /// Reads the caller's `retry`: `true` for the defaults, or an object with some of the fields.
    ///
    /// # Errors
    ///
    /// When a field cannot be used.
    pub fn read<G: Given>(retry: &Reader<'_, G>) -> Result<Option<Self>, G::Error> {
        let mut parts = Self::default().parts();
        match retry.value()? {
            Value::Absent | Value::Flag(false) => return Ok(None),
            Value::Flag(true) => {}
            Value::Other("object") => {
                if let Some(error) =
                    retry.unknown_fields(&FIELDS.map(|(path, _)| name_of(path)), KNOWN)?
                {
                    return Err(error);
                }
                for (part, (path, (expected, accepts))) in parts.iter_mut().zip(FIELDS) {
                    match retry.field(name_of(path))?.value()? {
                        Value::Absent => {}
                        given => *part = input::number(path, expected, &given, accepts)?,
                    }
                }
            }
            _ => return Err(retry.refusal("a boolean or an object")?),
        }
        Ok(Some(Self::of_parts(parts)))
    }

    /// How often an operation is sent again after a response.
    #[must_use]
    pub fn retries(&self, case: &str, response: &Response) -> f64 {
        let Some((code, ..)) = response.error else { return 0.0 };
        let is = |known: i32| same(code, f64::from(known));
        match response.delivery {
            Delivery::TooLarge => 0.0,
            Delivery::Never => self.never_sent,
            Delivery::Answered if is(code::DRAINING) && case == "exec" => self.draining_exec,
            Delivery::Answered if is(code::DRAINING) => self.draining,
            _ if is(code::TIMEOUT) && READS.contains(&case) => self.timeout,
            _ => 0.0,
        }
    }

    /// The wait before an operation is sent again for the `retry`th time, from 0, in milliseconds; `None`
    /// where it is not. `random` is a number from 0 to 1.
    #[must_use]
    pub fn wait_ms(&self, case: &str, response: &Response, retry: u32, random: f64) -> Option<f64> {
        let retry = f64::from(retry);
        let is_left = retry < self.retries(case, response);
        // All of the wait is random, so that requests that failed at once do not come back at once.
        is_left.then(|| (self.base_ms * self.factor.powf(retry)).min(self.cap_ms) * random)
    }
}

/// What is done beside sending an operation of a session.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Care {
    /// When it is sent again.
    pub retry: Option<Policy>,
    /// Whether the caller is told of each request.
    pub is_observed: bool,
}

/// What came of one request, for the caller who observes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The operation.
    pub op: &'static str,
    /// Its number, from 1.
    pub attempt: u32,
    /// What came of it: `ok`, `error`, or `thrown` where the caller's transport threw.
    pub outcome: &'static str,
    /// The code of the error.
    pub code: Option<f64>,
    /// Whether no agent has got it.
    pub never_sent: bool,
    /// The wait before the next one, in milliseconds, where there is one.
    pub retry_in_ms: Option<f64>,
}

/// The port to single requests.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Attempts {
    /// Sends an operation once, as a request with an id of its own.
    async fn attempt(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown>;

    /// Waits for `ms` milliseconds, in which nothing else may keep the process alive.
    async fn pause(&self, ms: f64) -> Result<(), Thrown>;

    /// Tells the caller of an attempt.
    async fn observe(&self, attempt: Attempt) -> Result<(), Thrown>;
}

/// Sends an operation, and sends it again as the policy says.
///
/// # Errors
///
/// When the port throws: the thrown value.
pub async fn request(
    port: &impl Attempts,
    care: Care,
    subject: &str,
    op: Op,
    timeout_ms: f64,
) -> Result<Response, Thrown> {
    if care == Care::default() {
        return port.attempt(subject, op, timeout_ms).await;
    }
    let name = op.case;
    for retry in 0.. {
        let response = port.attempt(subject, op.clone(), timeout_ms).await;
        let wait = match (&response, care.retry) {
            (Ok(response), Some(policy)) => policy.wait_ms(name, response, retry, random()),
            _ => None,
        };
        if care.is_observed {
            port.observe(Attempt::of(name, retry + 1, &response, wait)).await?;
        }
        let Some(ms) = wait else { return response };
        port.pause(ms).await?;
    }
    unreachable!("each policy has an end")
}

impl Attempt {
    fn of(
        op: &'static str,
        attempt: u32,
        response: &Result<Response, Thrown>,
        retry_in_ms: Option<f64>,
    ) -> Self {
        let code = response.as_ref().ok().and_then(|response| response.error.as_ref());
        let code = code.map(|(code, ..)| *code);
        let outcome = match response {
            Ok(_) if code.is_none() => "ok",
            Ok(_) => "error",
            Err(_) => "thrown",
        };
        let never_sent = response.as_ref().is_ok_and(|response| response.delivery.is_never());
        Self { op, attempt, outcome, code, never_sent, retry_in_ms }
    }
}

/// A random number from 0 to 1.
fn random() -> f64 {
    // The keys of the standard library's hasher are random.
    let bits = RandomState::new().hash_one(0) >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let fraction = bits as f64 / (1_u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_are_spread_from_0_to_1() {
        let numbers: Vec<f64> = (0..1_000).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        let below = |limit: f64| numbers.iter().filter(|number| **number < limit).count();
        assert!((350..650).contains(&below(0.5)), "{}", below(0.5));
    }
}
