//! The tables of cases in `__test__/tables/`, which the package's tests run through the addon as well.

#[path = "support/table.rs"]
mod table;

use opengeni_runtime_native::channel_a::{self, banner, numstat, patch, status};
use opengeni_runtime_native::input::Value as Given;
use opengeni_runtime_native::launch::{Desktop, LaunchError, Runner, Server, Terminal, ensure};
use opengeni_runtime_native::lifecycle::{
    RelayUrl, modal_snapshot_id, parse_exposed_ports, relay_address,
};
use opengeni_runtime_native::provider::{ERROR_FIELDS, ErrorChain, SandboxFailure, classify};
use opengeni_runtime_native::resolution::{Thrown, establish, establishment, is_fence};
use opengeni_runtime_native::selfhosted::control::ControlError;
use opengeni_runtime_native::selfhosted::editor::{EditError, removal, update};
use opengeni_runtime_native::selfhosted::exec::Launch;
use opengeni_runtime_native::selfhosted::image::media_type;
use opengeni_runtime_native::selfhosted::listing::entry_type;
use opengeni_runtime_native::selfhosted::path::map;
use opengeni_runtime_native::selfhosted::relay::protocol;
use opengeni_runtime_native::selfhosted::transport::{
    Delivery, Fault, Link, dial_failure, failure,
};
use opengeni_runtime_native::shell::{Reply, Thrown as ThrownValue};
use opengeni_runtime_native::stream::{
    Claim, Claims, Endpoint, GivenClaims, Grant, Lifetime, Secret, mint, verify,
};
use serde_json::{Value, json};

use table::{Row, flag, number, rows, text};

#[test]
fn fences() {
    for row in rows("fences", "rows") {
        let (name, message) = (text(&row, "name"), text(&row, "message"));
        let thrown = Thrown { fenced: flag(&row, "fenced"), name, message, code: None };
        assert_eq!(is_fence(thrown), flag(&row, "isFence"), "{row:?}");
    }
}

#[test]
fn paths() {
    for row in rows("paths", "rows") {
        let path = text(&row, "path").expect("a path");
        for (working_dir, mapped) in row["mapped"].as_object().expect("by working directory") {
            assert_eq!(map(Some(path), working_dir), *mapped, "{path} in {working_dir}");
            if path.is_empty() {
                assert_eq!(map(None, working_dir), *mapped, "nothing in {working_dir}");
            }
        }
    }
}

#[test]
fn control_errors() {
    for row in rows("control-errors", "rows") {
        for retryable in [false, true] {
            let mut expected = json!({
                "message": "m", "reason": null, "retryable": retryable, "fenced": false,
                "draining": false, "agentOffline": false, "osNotFound": false,
                "neverSent": false, "payloadTooLarge": false,
            });
            let fields = expected.as_object_mut().expect("an object");
            fields.extend(row.clone().into_iter().filter(|(field, _)| field != "code"));
            let code = number(&row, "code").expect("a code");
            let error = ControlError::new(code, "m", retryable, Delivery::Answered);
            assert_eq!(serde_json::to_value(error).expect("plain data"), expected, "{row:?}");
        }
    }
}

#[test]
fn transport_failures() {
    for row in rows("transport-failures", "rows") {
        let links = row["thrown"].as_array().expect("an error and its causes").iter();
        let links = links.map(|link| link.as_object().expect("an error"));
        let links: Vec<_> = links
            .map(|link| Link {
                name: text(link, "name").map(str::to_owned),
                code: text(link, "code").map(str::to_owned),
                message: text(link, "message").expect("a message").to_owned(),
            })
            .collect();
        let failure = failure(&links, flag(&row, "isClosed"));
        assert_eq!(json!(failure.fault), row["fault"], "{row:?}");
        assert_eq!(failure.disconnect, flag(&row, "isDropped"), "{row:?}");
        // Nothing but these proves that no agent has the request.
        let is_never = matches!(failure.fault, Fault::NoResponders | Fault::TooLarge);
        assert_eq!(failure.delivery.is_never(), is_never, "{row:?}");
        assert_eq!(failure.error.code == 9, failure.fault == Fault::NoResponders, "{row:?}");
        // Of what dialling throws, a refusal of the server's has a meaning of its own.
        let is_denied = dial_failure(&links).fault == Fault::Denied;
        assert_eq!(is_denied, failure.fault == Fault::Denied, "{row:?}");
    }
}

#[test]
fn images() {
    for row in rows("images", "rows") {
        let digits = text(&row, "hex").expect("bytes");
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
        let content: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
        let path = text(&row, "path").expect("a path");
        assert_eq!(media_type(&content, path), text(&row, "mediaType"), "{row:?}");
    }
}

/// An error of a table, and its causes, as the package reads them.
fn chain(error: &Value) -> ErrorChain {
    let of_link = |link: &Value| {
        let value = |field: &&str| match field.split('.').fold(link, |at, name| &at[name]) {
            Value::String(text) => Given::from(text.as_str()),
            Value::Number(number) => Given::from(number.as_f64().expect("a number")),
            _ => Given::Absent,
        };
        Some(ERROR_FIELDS.iter().map(value).collect())
    };
    let links = std::iter::successors(Some(error), |link| link.get("cause"));
    ErrorChain(links.map(of_link).collect())
}

fn failure_of(backend: &str, chain: &ErrorChain) -> Value {
    serde_json::to_value(classify(backend, chain)).expect("a text")
}

#[test]
fn provider_failures() {
    for row in rows("provider-failures", "rows") {
        let (backend, chain) = (text(&row, "backend").expect("a backend"), chain(&row["error"]));
        assert_eq!(failure_of(backend, &chain), row["failure"], "{row:?}");
        assert_ne!(classify("selfhosted", &chain), SandboxFailure::Gone, "{row:?}");

        let wrapped = |message: &str, status: f64| {
            let wrapper = json!({ "message": message, "status": status });
            let links = self::chain(&wrapper).0.into_iter().chain(chain.0.clone());
            classify(backend, &ErrorChain(links.collect()))
        };
        if row["failure"] == "not-gone" || row["failure"] == "transient" {
            for message in ["Sandbox sb-1 not found", "not found", ""] {
                for status in [0.0, 404.0, 410.0] {
                    assert_ne!(wrapped(message, status), SandboxFailure::Gone, "{message} {row:?}");
                }
            }
        }
        if row["failure"] == "gone" {
            assert_eq!(wrapped("could not resume", 0.0), SandboxFailure::Gone, "{row:?}");
            assert_eq!(wrapped("could not resume", 503.0), SandboxFailure::Transient, "{row:?}");
            let cut = ErrorChain([chain.0, vec![None]].concat());
            assert_eq!(classify(backend, &cut), SandboxFailure::Unknown, "{row:?}");
        }
    }
}

#[test]
fn stream_urls() {
    for row in rows("stream-urls", "rows") {
        let part = |name| text(&row, name).map_or(Given::Absent, Given::from);
        let endpoint = Endpoint {
            host: part("host"),
            port: number(&row, "port").expect("a port").into(),
            tls: flag(&row, "tls"),
            path: part("path"),
            query: part("query"),
        };
        let url = endpoint.url().expect("an address");
        assert_eq!(Some(url.as_str()), text(&row, "url"), "{row:?}");
    }
}

#[test]
fn exec_limits() {
    for row in rows("exec-limits", "rows") {
        let timeout_ms = number(&row, "timeoutMs").expect("a time");
        let own = number(&row, "execTimeoutMs").map_or(Given::Absent, Given::from);
        let launch = Launch::check("x".into(), Given::Absent, &own, "", timeout_ms);
        let Some(transport_ms) = number(&row, "transportMs") else {
            assert_eq!(launch.expect_err("no limit").field, "execTimeoutMs", "{row:?}");
            continue;
        };
        let limits = launch.expect("a command").limits;
        assert_eq!(Some(f64::from(limits.agent_ms)), number(&row, "agentMs"), "{row:?}");
        assert_eq!(limits.transport_ms.to_string(), transport_ms.to_string(), "{row:?}");
    }
}

#[test]
fn kinds() {
    for row in rows("kinds", "channels") {
        assert_eq!(Some(protocol(number(&row, "kind"))), text(&row, "protocol"), "{row:?}");
    }
    for row in rows("kinds", "entries") {
        let kind = number(&row, "kind").expect("a kind");
        assert_eq!(Some(entry_type(kind)), text(&row, "type"), "{row:?}");
    }
}

#[test]
fn targets() {
    for row in rows("targets", "rows") {
        let kind = text(&row, "kind").expect("a kind");
        let is_establishable = flag(&row, "isEstablishable");
        let (is_home, modal) = (flag(&row, "isSessionGroup"), flag(&row, "establishesModal"));
        assert_eq!(establishment(kind, is_home, modal).is_ok(), is_establishable, "{row:?}");
        if !is_home {
            let resolved = establish("s".to_owned(), kind, true, modal);
            assert_eq!(resolved.is_ok(), is_establishable, "{row:?}");
        }
    }
    for row in rows("targets", "refusals") {
        let kind = text(&row, "kind").expect("a kind");
        let (is_enrolled, modal) = (flag(&row, "isEnrolled"), flag(&row, "establishesModal"));
        let error = establish("s".to_owned(), kind, is_enrolled, modal).expect_err("none");
        assert_eq!(serde_json::to_value(error.code()).expect("a text"), row["code"], "{row:?}");
        assert_eq!(Some(error.to_string().as_str()), text(&row, "message"), "{row:?}");
    }
}

#[test]
fn removals() {
    for row in rows("removals", "commands") {
        let command = removal(text(&row, "path").expect("a path").into(), "proj").expect("a path");
        let end = text(&row, "command").expect("a command");
        assert!(
            command.starts_with("sh -c '") && command.ends_with(&format!("' {end}")),
            "{row:?}"
        );
    }
    for row in rows("removals", "refused") {
        let working_dir = text(&row, "workingDir").expect("a directory");
        let refused = removal(text(&row, "path").expect("a path").into(), working_dir);
        assert!(matches!(refused, Err(EditError::HoldsWorkingDir { .. })), "{row:?}");
    }
    for row in rows("removals", "sameFile") {
        let [path, move_to, working_dir] =
            ["path", "moveTo", "workingDir"].map(|field| text(&row, field).expect("a path"));
        let planned = update(path.into(), move_to.into(), working_dir).expect("a file");
        assert_eq!((planned.destination.as_str(), planned.removal), (move_to, None), "{row:?}");
    }
}

/// A value of JSON as a claim.
fn claim(value: Option<&Value>) -> Claim {
    let other = |kind: &str| Claim::Other(kind.to_owned());
    match value {
        None => Claim::absent(),
        Some(Value::String(text)) => Claim::Text(text.clone()),
        Some(Value::Number(number)) => Claim::Number(number.as_f64().expect("a number")),
        Some(Value::Null) => other("null"),
        Some(Value::Bool(_)) => other("boolean"),
        Some(Value::Array(_)) => other("array"),
        Some(Value::Object(_)) => other("object"),
    }
}

fn secret(text: &str) -> Secret {
    Secret::check("secret", text.into()).expect("a secret")
}

#[test]
fn stream_tokens() {
    for row in rows("stream-tokens", "vectors") {
        let input = row["input"].as_object().expect("an input");
        let of = |name: &str| claim(input.get(name));
        let grant = Grant {
            ids: ["workspaceId", "sessionId", "viewerId"].map(of),
            lease_epoch: of("leaseEpoch"),
            mode: of("mode"),
            port: of("port"),
            lifetime: Lifetime { ttl: of("ttlSeconds"), now: of("nowSeconds") },
        };
        let secret = secret(text(&row, "secret").expect("a secret"));
        let token = mint(&secret, grant, f64::NAN).expect("a token");
        assert_eq!(Some(token.as_str()), text(&row, "token"));
        let exp = number(&row, "exp").expect("a time");
        let claims = verify(&secret, &token, exp).expect("a key").expect("claims");
        assert_eq!(serde_json::to_string(&claims).ok().as_deref(), text(&row, "json"));
        assert_eq!(verify(&secret, &token, exp + 1.0), Ok(None));
    }
}

/// What is said of the claims of the table, changed by these.
fn issues_of(given: &Row) -> Vec<Value> {
    let path = format!("{}/__test__/tables/stream-tokens.json", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(path).expect("a file of tables");
    let tables: Value = serde_json::from_str(&file).expect("tables");
    let mut claims = tables["claims"].as_object().expect("claims").clone();
    claims.extend(given.clone());
    let names = ["workspaceId", "sessionId", "viewerId", "leaseEpoch", "mode", "port", "exp"];
    let fields = names.map(|name| claim(claims.get(name)));
    match Claims::check(GivenClaims::Object(fields)) {
        Ok(_) => Vec::new(),
        Err(error) => serde_json::from_value(json!(error.issues)).expect("issues"),
    }
}

#[test]
fn claims() {
    assert_eq!(issues_of(&Row::new()), Vec::<Value>::new());
    for row in rows("stream-tokens", "issues") {
        let issues = issues_of(row["given"].as_object().expect("claims"));
        let [issue] = issues.as_slice() else { panic!("{issues:?}") };
        for field in ["path", "message", "code"] {
            assert_eq!(issue[field], row[field], "{row:?}");
        }
    }
    for row in rows("stream-tokens", "uuids") {
        for name in ["workspaceId", "sessionId", "viewerId"] {
            let given = Row::from_iter([(name.to_owned(), row["text"].clone())]);
            assert_eq!(issues_of(&given).is_empty(), flag(&row, "isUuid"), "{row:?}");
        }
    }
}

/// A session that answers to everything with the same.
struct Answering(Reply);

impl Runner for Answering {
    async fn run(&self, _: String, _: f64, _: u32) -> Result<Option<Reply>, ThrownValue> {
        Ok(Some(self.0.clone()))
    }
}

fn reply(answer: &Value) -> Reply {
    let empty = Row::new();
    let fields = answer.as_object().unwrap_or(&empty);
    let part = |name| text(fields, name).map(str::to_owned);
    Reply {
        output: answer.as_str().map(str::to_owned).or_else(|| part("output")),
        stdout: part("stdout"),
        stderr: part("stderr"),
        session_id: None,
        exit_code: fields.get("exitCode").and_then(Value::as_f64),
    }
}

#[tokio::test]
async fn launches() {
    for (part, server) in [("desktop", Server::Desktop), ("terminal", Server::Terminal)] {
        for row in rows("launches", part) {
            let session = Answering(reply(&row["reply"]));
            let launched = ensure(&session, server, String::new(), 1.0).await;
            let Some(stage) = text(&row, "stage") else {
                assert_eq!(launched.ok().as_deref(), text(&row, "marker"), "{row:?}");
                continue;
            };
            let exit_code = number(&row, "exitCode").expect("an exit code");
            let output = text(&row, "output").expect("an output").to_owned();
            assert_eq!(server.stage(exit_code), stage, "{row:?}");
            let expected = LaunchError::Failed { server, exit_code, output };
            assert_eq!(launched, Err(expected), "{row:?}");
        }
    }
}

#[test]
fn launch_scripts() {
    let given = |row: &Row, name: &str| number(row, name).map_or(Given::Absent, Given::from);
    for row in rows("launch-scripts", "desktop") {
        let options = row["options"].as_object().expect("options");
        let geometry = options.get("geometry").and_then(Value::as_object);
        let size = geometry.map(|size| ["width", "height", "dpi"].map(|side| given(size, side)));
        let desktop = Desktop::check(size.as_ref(), given(options, "port")).expect("options");
        assert_eq!(Some(desktop.script().as_str()), text(&row, "script"));
    }
    for row in rows("launch-scripts", "terminal") {
        let options = row["options"].as_object().expect("options");
        let terminal = Terminal::check(given(options, "port")).expect("options");
        assert_eq!(Some(terminal.script().as_str()), text(&row, "script"));
    }
}

#[test]
fn exposed_ports() {
    for row in rows("exposed-ports", "rows") {
        let ports = parse_exposed_ports(text(&row, "list").expect("a list")).ok();
        assert_eq!(json!(ports), row["ports"], "{row:?}");
    }
}

#[test]
fn snapshot_references() {
    for row in rows("snapshot-references", "rows") {
        let reference = text(&row, "text").expect("a text").trim_start_matches('\u{feff}');
        assert_eq!(modal_snapshot_id(reference).as_deref(), text(&row, "id"), "{row:?}");
    }
}

#[test]
fn relays_without_a_url() {
    let relay = |text, url| json!(relay_address(text, url));
    let rows = rows("relays", "rows");
    let of = |url: &str| rows.iter().find(|row| text(row, "url") == Some(url)).expect("a row");
    assert_eq!(relay("", None), of("")["relay"]);
    assert_eq!(relay("wss://::bad::", None), of("::bad::")["relay"]);
    let parts = |[protocol, hostname, port, pathname]: [&str; 4]| RelayUrl {
        protocol: protocol.to_owned(),
        hostname: hostname.to_owned(),
        port: port.to_owned(),
        pathname: pathname.to_owned(),
    };
    let url = parts(["https:", "r.x", "9", "/stream2/"]);
    assert_eq!(relay("https://r.x:9/stream2/", Some(url)), of("https://r.x:9/stream2/")["relay"]);
    let url = parts(["ftp:", "r.x", "", "/"]);
    assert_eq!(relay("ftp://r.x", Some(url)), of("ftp://r.x")["relay"]);
}

#[test]
fn banners() {
    for row in rows("banners", "rows") {
        let raw = text(&row, "raw").expect("a text");
        assert_eq!(Some(banner::strip(raw)), text(&row, "output"), "{raw:?}");
        assert_eq!(banner::session_id(raw), row["session"].as_f64(), "{raw:?}");
    }
}

#[test]
fn lost_sessions() {
    for row in rows("lost-sessions", "rows") {
        let (out, id) = (text(&row, "out").expect("a text"), number(&row, "id").expect("a number"));
        assert_eq!(banner::is_session_lost(out, id), flag(&row, "isLost"), "{row:?}");
    }
}

#[test]
fn escapes() {
    for row in rows("escapes", "rows") {
        let message = text(&row, "message").expect("a text");
        assert_eq!(banner::is_workspace_escape(message), flag(&row, "isEscape"), "{message:?}");
    }
}

#[test]
fn safe_paths() {
    for row in rows("safe-paths", "rows") {
        let safe = channel_a::path::safe(text(&row, "path").unwrap_or_default());
        match text(&row, "error") {
            Some(error) => assert_eq!(safe.expect_err("a refusal").to_string(), error),
            None => assert_eq!(safe.ok(), text(&row, "safe")),
        }
    }
}

/// JSON as it crosses, where a number may be written as one with a fraction of zero.
fn crossed(value: &impl serde::Serialize) -> Value {
    fn whole(value: &mut Value) {
        match value {
            Value::Number(number) => {
                *value = number.as_f64().map_or(Value::Null, Value::from);
            }
            Value::Array(items) => items.iter_mut().for_each(whole),
            Value::Object(fields) => fields.values_mut().for_each(whole),
            _ => {}
        }
    }
    let mut json = serde_json::to_value(value).expect("JSON");
    whole(&mut json);
    json
}

#[test]
fn statuses() {
    for row in rows("statuses", "rows") {
        let z = text(&row, "z").expect("a text");
        assert_eq!(crossed(&status::parse(z)), crossed(&row["status"]), "{z:?}");
    }
}

#[test]
fn numstats() {
    for row in rows("numstats", "rows") {
        let z = text(&row, "z").expect("a text");
        assert_eq!(crossed(&numstat::parse(z)), crossed(&row["entries"]), "{z:?}");
    }
}

#[test]
fn patches() {
    for row in rows("patches", "rows") {
        let patch = text(&row, "patch").expect("a text");
        let expected = json!({ "hunks": row["hunks"], "status": row["status"] });
        assert_eq!(crossed(&patch::parse(patch)), crossed(&expected), "{patch:?}");
    }
}
