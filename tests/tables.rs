//! The tables of cases that the package's own tests go through as well, by way of the addon.

use opengeni_runtime_native::channel_a::{self, banner, numstat, patch, status};
use opengeni_runtime_native::input::Value as Given;
use opengeni_runtime_native::provider::{is_gone, stream_url};
use opengeni_runtime_native::resolution::{Thrown, establish, establishment, is_fence};
use opengeni_runtime_native::selfhosted::control::ControlError;
use opengeni_runtime_native::selfhosted::editor::{EditError, removal, update};
use opengeni_runtime_native::selfhosted::exec::Launch;
use opengeni_runtime_native::selfhosted::image::media_type;
use opengeni_runtime_native::selfhosted::listing::entry_type;
use opengeni_runtime_native::selfhosted::path::map;
use opengeni_runtime_native::selfhosted::relay::protocol;
use opengeni_runtime_native::selfhosted::transport::failure;
use serde_json::{Map, Value, json};

type Row = Map<String, Value>;

/// One of the tables in a file of `__test__/tables/`.
fn rows(name: &str, part: &str) -> Vec<Row> {
    let path = format!("{}/__test__/tables/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(path).expect("a file of tables");
    let mut tables: Row = serde_json::from_str(&file).expect("tables");
    serde_json::from_value(tables.remove(part).expect("a table")).expect("rows")
}

fn text<'a>(row: &'a Row, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}

fn flag(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// A number, or the text of one that JSON has not.
fn number(row: &Row, field: &str) -> Option<f64> {
    let value = row.get(field)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

#[test]
fn fences() {
    for row in rows("fences", "rows") {
        let (name, message) = (text(&row, "name"), text(&row, "message"));
        let thrown = Thrown { fenced: flag(&row, "fenced"), name, message };
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
            });
            let fields = expected.as_object_mut().expect("an object");
            fields.extend(row.clone().into_iter().filter(|(field, _)| field != "code"));
            let error = ControlError::new(number(&row, "code").expect("a code"), "m", retryable);
            assert_eq!(serde_json::to_value(error).expect("plain data"), expected, "{row:?}");
        }
    }
}

#[test]
fn transport_failures() {
    for row in rows("transport-failures", "rows") {
        let failure = failure(text(&row, "code"), text(&row, "message").expect("a message"));
        let told = match failure.error.code {
            1 => "unsupported",
            5 => "timeout",
            9 => "offline",
            _ => "something else",
        };
        assert_eq!(Some(told), text(&row, "told"), "{row:?}");
        assert_eq!(failure.disconnect, flag(&row, "isDropped"), "{row:?}");
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

#[test]
fn gone_boxes() {
    for row in rows("gone-boxes", "rows") {
        let (status, words) = (number(&row, "status"), text(&row, "message").expect("words"));
        assert_eq!(is_gone("modal", status, words), flag(&row, "isGone"), "{row:?}");
        assert!(!is_gone("selfhosted", status, words), "{row:?}");
    }
}

#[test]
fn stream_urls() {
    for row in rows("stream-urls", "rows") {
        let host = text(&row, "host").expect("a host");
        let port = number(&row, "port").expect("a port");
        let query = text(&row, "query").unwrap_or_default();
        let url = stream_url(host, port, flag(&row, "tls"), text(&row, "path"), query);
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
