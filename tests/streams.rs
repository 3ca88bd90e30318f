//! Tokens that were changed on the way, and ports that are opened by scripted sessions.

use std::cell::RefCell;

use opengeni_runtime_native::input::Value;
use opengeni_runtime_native::shell::{Instant, Thrown};
use opengeni_runtime_native::stream::{
    Claim, EmptySecret, Endpoint, ExposeError, Grant, Lifetime, Ports, Secret, expose, mint,
    now_of, verify,
};
use proptest::prelude::*;

const ID: &str = "11111111-1111-4111-8111-111111111111";
/// A time, in milliseconds since the Unix epoch.
const CLOCK_MS: f64 = 1_700_000_000_999.0;

fn secret(text: &str) -> Secret {
    Secret::check("secret", text.into()).expect("a secret")
}

fn id() -> Claim {
    Claim::Text(ID.to_owned())
}

fn grant() -> Grant {
    let lifetime = Lifetime { ttl: Claim::absent(), now: Claim::absent() };
    let (mode, port) = (Claim::absent(), Claim::absent());
    Grant { ids: [id(), id(), id()], lease_epoch: Claim::Number(1.0), mode, port, lifetime }
}

#[test]
fn a_token_is_valid_for_two_minutes_from_the_clock_on() {
    let (secret, other) = (secret("s"), secret("t"));
    let token = mint(&secret, grant(), CLOCK_MS).expect("a token");
    let is_valid = |now| verify(&secret, &token, now).expect("a key").is_some();
    assert!(is_valid(1_700_000_120.0));
    assert!(!is_valid(1_700_000_121.0));
    assert_eq!(now_of(&Value::Absent, CLOCK_MS), Ok(1_700_000_000.0));
    assert_eq!(verify(&other, &token, 0.0), Ok(None));
}

#[test]
fn an_empty_secret_is_an_error_where_there_is_something_to_compare() {
    let empty = secret("");
    assert!(mint(&empty, grant(), CLOCK_MS).is_err());
    for token in ["", "abc", "ogs_abc", "ogs_.sig", "OGS_a.b", "ogd_a.b"] {
        assert_eq!(verify(&empty, token, 0.0), Ok(None), "{token}");
    }
    // The last dot is the one that counts.
    for token in ["ogs_a.b", "ogs_.a.b"] {
        assert_eq!(verify(&empty, token, 0.0), Err(EmptySecret), "{token}");
    }
}

#[test]
fn no_message_has_the_secret() {
    let error = Secret::check("secret", Value::Number(271_828.0)).err().expect("no text");
    assert!(!error.to_string().contains("271828"), "{error}");
    assert!(now_of(&Value::Number(f64::NAN), 0.0).is_err());
}

proptest! {
    #[test]
    fn a_token_is_read_as_it_was_made(
        key in ".{1,80}", epoch in 0_u64..1 << 53, port in 1_u64..1 << 53, ttl in 0_u32..1_000_000,
        is_control: bool,
    ) {
        #[expect(clippy::cast_precision_loss, reason = "they are below 2^53")]
        let (epoch, port) = (epoch as f64, port as f64);
        let mode = if is_control { "control" } else { "view" };
        let grant = Grant {
            lease_epoch: Claim::Number(epoch),
            mode: Claim::Text(mode.to_owned()),
            port: Claim::Number(port),
            lifetime: Lifetime { ttl: Claim::Number(ttl.into()), now: Claim::Number(1e9) },
            ..grant()
        };
        let secret = secret(&key);
        let token = mint(&secret, grant, f64::NAN).expect("a token");
        let claims = verify(&secret, &token, 1e9).expect("a key").expect("claims");
        prop_assert_eq!((claims.lease_epoch, claims.port), (epoch, port));
        prop_assert_eq!((claims.mode.as_str(), claims.exp), (mode, 1e9 + f64::from(ttl)));
    }

    #[test]
    fn a_token_that_was_changed_is_none(at: prop::sample::Index, to in any::<char>()) {
        let secret = secret("s");
        let token = mint(&secret, grant(), CLOCK_MS).expect("a token");
        let mut chars: Vec<_> = token.chars().collect();
        let at = at.index(chars.len());
        prop_assume!(chars[at] != to);
        chars[at] = to;
        let replaced = String::from_iter(&chars);
        chars.insert(at, token.chars().nth(at).expect("a character"));
        let inserted = String::from_iter(&chars);
        for changed in [replaced, inserted, token[..at].to_owned()] {
            prop_assert_eq!(verify(&secret, &changed, 0.0), Ok(None));
        }
    }

    #[test]
    fn any_text_is_a_token_or_none(text in "(ogs_)?[A-Za-z0-9_.=-]{0,60}|.*") {
        prop_assert_eq!(verify(&secret("s"), &text, 0.0), Ok(None));
    }
}

/// A session that is asked for its ports.
struct Session {
    can_resolve: bool,
    throws: bool,
    endpoint: Option<Endpoint>,
    asked: RefCell<Vec<Option<f64>>>,
}

impl Ports for Session {
    async fn can_resolve(&self) -> Result<bool, Thrown> {
        Ok(self.can_resolve)
    }

    async fn resolve(&self, port: Option<f64>) -> Result<(), Thrown> {
        self.asked.borrow_mut().push(port);
        if self.throws { Err(Thrown(7)) } else { Ok(()) }
    }

    async fn endpoint(&self) -> Result<Option<Endpoint>, Thrown> {
        Ok(self.endpoint.clone())
    }

    fn now(&self) -> Instant {
        Instant { epoch_ms: CLOCK_MS, steady_ms: 0.0 }
    }
}

fn session() -> Session {
    let endpoint = Endpoint {
        host: "h".into(),
        port: 6080.0.into(),
        tls: true,
        path: Value::Absent,
        query: "q=1".into(),
    };
    Session {
        can_resolve: true,
        throws: false,
        endpoint: Some(endpoint),
        asked: RefCell::default(),
    }
}

#[tokio::test]
async fn a_port_is_asked_for_once_and_gets_a_token_to_watch() {
    let session = session();
    let grant = Grant { mode: Claim::Text("control".to_owned()), ..grant() };
    let exposed = expose(&session, &secret("s"), grant).await.expect("a port");
    assert_eq!(session.asked.take(), [Some(6080.0)]);
    assert_eq!(exposed.url, "wss://h:6080/?q=1");
    let claims = verify(&secret("s"), &exposed.token, 0.0).expect("a key").expect("claims");
    assert_eq!((claims.mode.as_str(), claims.exp), ("view", 1_700_000_120.0));
}

#[tokio::test]
async fn the_first_thing_that_is_wrong_is_told() {
    let bad = || Grant { lease_epoch: Claim::absent(), ..grant() };
    let empty = secret("");
    let unable = Session { can_resolve: false, ..session() };
    let error = expose(&unable, &empty, bad()).await.expect_err("no method");
    assert_eq!(error, ExposeError::Unsupported);
    assert!(unable.asked.take().is_empty());

    let throwing = Session { throws: true, ..session() };
    let error = expose(&throwing, &empty, bad()).await.expect_err("it threw");
    let (port, cause) = (Claim::Number(6080.0), Thrown(7));
    assert_eq!(error, ExposeError::Unresolved { port, cause });

    let silent = Session { endpoint: None, ..session() };
    let error = expose(&silent, &empty, bad()).await.expect_err("nothing");
    assert_eq!(error.to_string(), "endpoint must be an object, got nothing");

    let error = expose(&session(), &empty, bad()).await.expect_err("claims");
    assert!(matches!(error, ExposeError::Claims(_)), "{error:?}");
    let error = expose(&session(), &empty, grant()).await.expect_err("a key");
    assert_eq!(error, ExposeError::Key(EmptySecret));
}

#[tokio::test]
async fn a_port_that_is_no_number_is_the_callers_own_and_refused() {
    let session = session();
    let grant = Grant { port: Claim::Text("6080".to_owned()), ..grant() };
    let error = expose(&session, &secret("s"), grant).await.expect_err("a text");
    assert_eq!(session.asked.take(), [None]);
    assert!(error.to_string().contains("expected number, received string"), "{error}");
}
