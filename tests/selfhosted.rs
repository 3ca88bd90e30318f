//! Requests to a machine: where they go, when they are sent again, and connections that come late.

use std::cell::{Cell, RefCell};
use std::future::pending;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::selfhosted::connection::{Dialer, connect, keep_late};
use opengeni_runtime_native::selfhosted::control::{AgentError, check_subject, token};
use opengeni_runtime_native::selfhosted::retry::{Attempt, Attempts, Care, Policy, request};
use opengeni_runtime_native::selfhosted::session::{Op, Response};
use opengeni_runtime_native::selfhosted::transport::Delivery::{self, Answered, Never, Unknown};
use opengeni_runtime_native::shell::Thrown;
use proptest::prelude::*;

#[test]
fn an_id_is_one_token() {
    for id in ["a", "agent-1", "a/1", "$SYS", "é", "0", "a_b:c"] {
        assert_eq!(token("agentId", id.into()).as_deref(), Ok(id));
    }
    let refused = [
        "",
        " ",
        "a 1",
        "a\tb",
        "a\r\nPUB x 0\r\n",
        "a\nb",
        "a\0",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "a\u{2028}",
        "\u{3000}",
        "\u{feff}",
        "a.b",
        ".",
        "*",
        "a*",
        ">",
        "a>",
    ];
    let longest = "é".repeat(128);
    assert_eq!(token("agentId", longest.as_str().into()), Ok(longest.clone()));
    for id in refused.into_iter().chain([format!("{longest}x").as_str()]) {
        let error = token("agentId", id.into()).expect_err(id);
        assert!(error.to_string().starts_with("agentId must be one token of a NATS subject"));
    }
    assert!(token("agentId", Value::IllFormed("\u{fffd}".to_owned())).is_err());
    assert!(token("agentId", Value::Number(5.0)).is_err());
}

#[test]
fn a_subject_is_of_tokens_and_no_wildcard() {
    for subject in ["s", "agent.w.a.rpc", "a*b", "a.b>c", "$SYS.x"] {
        assert_eq!(check_subject(subject.into()), Ok(()), "{subject}");
    }
    let refused = [
        "", ".", "a.", ".a", "a..b", "*", "a.*.b", ">", "a.>", "a b", "a\r\nb", "a\u{0}", "a\u{b}",
    ];
    for subject in refused {
        let error = check_subject(subject.into()).expect_err(subject);
        assert!(error.to_string().starts_with("subject must be a NATS subject"), "{error}");
    }
    assert!(check_subject(Value::Absent).is_err());
}

proptest! {
    /// What is accepted is a line of NATS' protocol with exactly these parts, whatever it is.
    #[test]
    fn an_id_stays_in_its_place(id in ".{0,8}|[ .*>\r\n\t\u{0}a]{0,6}") {
        if let Ok(id) = token("agentId", id.as_str().into()) {
            let line = format!("PUB agent.w.{id}.rpc 0\r\n");
            prop_assert_eq!(line.split_ascii_whitespace().count(), 3);
            prop_assert_eq!(line.split(['.', '*', '>']).count(), 4);
            prop_assert_eq!(line.lines().count(), 1);
            let subject = format!("agent.w.{id}.rpc");
            prop_assert!(check_subject(subject.into()).is_ok());
        }
    }
}

const CASES: [&str; 8] =
    ["exec", "fsRead", "fsWrite", "fsList", "fsStat", "ping", "metrics", "desktopInput"];

fn failed(code: i32, delivery: Delivery) -> Response {
    Response::failed(AgentError { code, message: "m".to_owned(), retryable: true }, delivery)
}

#[test]
#[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
fn the_table_of_retries() {
    let policy = Policy::default();
    let retries = |case: &str, code, delivery| policy.retries(case, &failed(code, delivery));
    for case in CASES {
        let is_read = !matches!(case, "exec" | "fsWrite" | "desktopInput");
        let draining = if case == "exec" { 10.0 } else { 3.0 };
        assert_eq!(retries(case, 6, Answered), draining, "{case}");
        for code in [0, 5, 9] {
            assert_eq!(retries(case, code, Never), 3.0, "{case} {code}");
        }
        for delivery in [Answered, Unknown] {
            assert_eq!(retries(case, 5, delivery), f64::from(u8::from(is_read)), "{case}");
        }
        for code in [0, 1, 2, 3, 4, 7, 8, 9, 10, 77] {
            assert_eq!(retries(case, code, Answered), 0.0, "{case} {code}");
        }
        for code in [0, 6, 7, 9] {
            assert_eq!(retries(case, code, Unknown), 0.0, "{case} {code}");
        }
        assert_eq!(retries(case, 1, Delivery::TooLarge), 0.0, "{case}");
        assert_eq!(policy.retries(case, &Response::default()), 0.0);
    }
}

#[test]
fn the_waits_grow_to_their_limit_and_are_random() {
    let policy = Policy::default();
    let draining = failed(6, Answered);
    let longest: Vec<_> =
        (0..11).map(|retry| policy.wait_ms("exec", &draining, retry, 1.0)).collect();
    let expected = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000];
    let expected: Vec<_> = expected.map(f64::from).map(Some).into_iter().chain([None]).collect();
    assert_eq!(longest, expected);
    assert_eq!(policy.wait_ms("exec", &draining, 3, 0.0), Some(0.0));
    assert_eq!(policy.wait_ms("exec", &draining, 3, 0.25), Some(1_000.0));
}

/// Answers each attempt with the next response, and the last one again.
struct Scripted {
    responses: Vec<Result<Response, Thrown>>,
    sent: Cell<usize>,
    waits: RefCell<Vec<f64>>,
    observed: RefCell<Vec<Attempt>>,
}

impl Scripted {
    fn new(responses: Vec<Result<Response, Thrown>>) -> Self {
        let (sent, waits, observed) = Default::default();
        Self { responses, sent, waits, observed }
    }
}

impl Attempts for Scripted {
    async fn attempt(&self, subject: &str, op: Op, timeout_ms: f64) -> Result<Response, Thrown> {
        assert_eq!((subject, op.case.is_empty(), timeout_ms), ("s", false, 100.0));
        let at = self.sent.replace(self.sent.get() + 1);
        self.responses[at.min(self.responses.len() - 1)].clone()
    }

    async fn pause(&self, ms: f64) -> Result<(), Thrown> {
        self.waits.borrow_mut().push(ms);
        Ok(())
    }

    async fn observe(&self, attempt: Attempt) -> Result<(), Thrown> {
        self.observed.borrow_mut().push(attempt);
        Ok(())
    }
}

async fn send(port: &Scripted, name: &'static str, care: Care) -> Result<Response, Thrown> {
    request(port, care, "s", Op { case: name, fields: Vec::new(), held: None }, 100.0).await
}

const RETRYING: Care = Care {
    retry: Some(Policy {
        draining_exec: 10.0,
        draining: 3.0,
        never_sent: 3.0,
        timeout: 1.0,
        base_ms: 500.0,
        factor: 2.0,
        cap_ms: 8_000.0,
    }),
    is_observed: true,
};

#[tokio::test]
async fn a_request_is_sent_again_until_it_is_answered() {
    let port = Scripted::new(vec![
        Ok(failed(9, Never)),
        Ok(failed(6, Answered)),
        Ok(Response { case: Some("exec".to_owned()), ..Response::default() }),
    ]);
    let response = send(&port, "exec", RETRYING).await.expect("a response");
    assert_eq!(response.case.as_deref(), Some("exec"));
    assert_eq!(port.sent.get(), 3);
    let waits = port.waits.take();
    assert!(waits.len() == 2 && waits[0] < 500.0 && waits[1] < 1_000.0, "{waits:?}");
    let seen = port.observed.take();
    let seen: Vec<_> =
        seen.iter().map(|seen| (seen.attempt, seen.outcome, seen.code, seen.never_sent)).collect();
    let expected =
        [(1, "error", Some(9.0), true), (2, "error", Some(6.0), false), (3, "ok", None, false)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_request_is_sent_once_without_a_policy() {
    for response in [failed(9, Never), failed(6, Answered), failed(5, Unknown)] {
        let port = Scripted::new(vec![Ok(response.clone())]);
        assert_eq!(send(&port, "fsStat", Care::default()).await, Ok(response));
        assert_eq!((port.sent.get(), port.observed.take().len()), (1, 0));
    }
}

#[tokio::test]
async fn what_a_transport_throws_is_not_asked_for_again() {
    let port = Scripted::new(vec![Err(Thrown(3))]);
    assert_eq!(send(&port, "ping", RETRYING).await, Err(Thrown(3)));
    let seen = port.observed.take();
    assert_eq!((seen.len(), seen[0].outcome, port.sent.get()), (1, "thrown", 1));
}

proptest! {
    /// Whatever comes: no command that an agent may have is sent again, and there is an end.
    #[test]
    fn nothing_is_carried_out_twice(
        steps in prop::collection::vec((0..12_i32, 0..4_usize), 1..30),
        case in prop::sample::select(CASES.to_vec()),
    ) {
        let deliveries = [Answered, Unknown, Never, Delivery::TooLarge];
        let responses: Vec<_> =
            steps.iter().map(|&(code, delivery)| failed(code, deliveries[delivery])).collect();
        let port = Scripted::new(responses.iter().cloned().map(Ok).collect());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(send(&port, case, RETRYING)).expect("a response");
        let sent = port.sent.get();
        prop_assert!(sent <= 11);
        let is_read = matches!(case, "ping" | "metrics" | "fsStat" | "fsList" | "fsRead");
        for at in 0..sent - 1 {
            let response = &responses[at.min(responses.len() - 1)];
            let code = response.error.as_ref().map(|error| error.0);
            let is_refused = response.delivery == Answered && code == Some(6.0);
            prop_assert!(is_read || is_refused || response.delivery == Never);
        }
    }
}

/// A dial that comes after a time, or never.
struct Dial {
    comes: bool,
    slept: Cell<f64>,
    closed: Cell<u32>,
}

impl Dialer for Dial {
    async fn connect(&self) -> Result<bool, Thrown> {
        if self.comes { Ok(true) } else { pending().await }
    }

    async fn sleep(&self, ms: f64) -> Result<(), Thrown> {
        self.slept.set(ms);
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn close_unused(&self) -> Result<(), Thrown> {
        self.closed.set(self.closed.get() + 1);
        Ok(())
    }
}

#[tokio::test]
async fn a_late_connection_is_kept_as_long_as_it_was_waited_for() {
    let dial = |comes| Dial { comes, slept: Cell::new(0.0), closed: Cell::new(0) };
    let late = dial(false);
    assert_eq!(connect(&late, 70.0).await, Ok(false));
    assert!((late.slept.get() - 70.0).abs() < f64::EPSILON);
    keep_late(&late, 70.0).await.expect("kept");
    assert_eq!(late.closed.get(), 1);
    // A request without an end never gives it up.
    keep_late(&late, 0.0).await.expect("kept");
    assert_eq!(late.closed.get(), 1);
    assert_eq!(connect(&dial(true), 70.0).await, Ok(true));
}
