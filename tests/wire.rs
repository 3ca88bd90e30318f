//! The wire: bytes that are known, bytes that are damaged, and requests that cannot be encoded.

use opengeni_runtime_native::selfhosted::wire::{
    Refusal, Reply, Request, decode_response, encode_request,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hex digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

fn encoded(request_id: &str, epoch: f64, op: &Value, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let op = (!op.is_null()).then(|| op.to_string());
    encode_request(Request {
        request_id: Some(request_id.to_owned()),
        epoch: Some(epoch),
        op: op.as_deref(),
        bytes: Some(data),
    })
}

fn decoded(hex: &str) -> Reply {
    decode_response(&bytes(hex)).expect("a response")
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_str::<Value>(&reply.json).expect("JSON")["response"].take()
}

/// The bytes of a field of the result.
fn field<'a>(reply: &Reply, data: &'a [u8], name: &str) -> &'a [u8] {
    let view = reply.bytes.iter().find(|view| view.field == name).expect("a field of bytes");
    &data[view.range.clone()]
}

#[test]
fn requests_are_encoded_as_the_examples_are() {
    let examples = [
        (
            "r1",
            7.0,
            json!({"$case": "ping", "ping": {"nonce": "42"}}),
            "",
            "0a027231 1007 5202082a",
        ),
        (
            "r2",
            0.0,
            json!({"$case": "exec", "exec": {
                "command": ["ls -la"], "shell": true, "cwd": "proj", "env": {}, "timeoutMs": 0,
            }}),
            "",
            "0a027232 6a10 0a066c73202d6c61 1001 1a0470726f6a",
        ),
        (
            "r5",
            300.0,
            json!({"$case": "ptyOpen", "ptyOpen": {
                "command": [], "cwd": "", "env": {}, "cols": 0, "rows": 0, "term": "xterm-256color",
            }}),
            "",
            "0a027235 10ac02 b20110 320e787465726d2d323536636f6c6f72",
        ),
        (
            "r6",
            1.0,
            json!({"$case": "desktopScreenshot", "desktopScreenshot": {}}),
            "",
            "0a027236 1001 f20100",
        ),
        (
            "r8",
            1.0,
            json!({"$case": "desktopInput", "desktopInput": {"event": {
                "$case": "pointer", "pointer": {"x": 10, "y": -1, "action": 4, "button": 1},
            }}}),
            "",
            "0a027238 1001 ea0113 0a11 080a 10ffffffffffffffffff01 1804 2001",
        ),
        (
            "req-0002",
            7.0,
            json!({"$case": "exec", "exec": {
                "command": ["echo", "hello"], "shell": false, "cwd": "/home/user/repo",
                "env": {"OPENGENI_AGENT": "1"}, "timeoutMs": 5000,
            }}),
            "piped-input",
            "0a087265712d30303032 1007 6a43 0a046563686f 0a0568656c6c6f
             1a0f2f686f6d652f757365722f7265706f 22130a0e4f50454e47454e495f4147454e54120131
             2a0b70697065642d696e707574 308827",
        ),
        ("", 0.0, Value::Null, "", ""),
    ];
    for (request_id, epoch, op, data, hex) in examples {
        assert_eq!(
            encoded(request_id, epoch, &op, data.as_bytes()),
            Ok(bytes(hex)),
            "{request_id}"
        );
    }
}

#[test]
fn the_entries_of_a_map_are_sent_in_the_order_of_their_keys() {
    let op = json!({"$case": "ptyOpen", "ptyOpen": {
        "command": [], "cwd": "", "env": {}, "cols": 0, "rows": 0, "term": "",
    }});
    // As text: a `Value` has its keys in order.
    let op = op.to_string().replace(r#""env":{}"#, r#""env":{"b":"1","\u0061":"","c":"\n"}"#);
    let request = Request {
        request_id: Some(String::new()),
        epoch: Some(0.0),
        op: Some(&op),
        ..Request::default()
    };
    let hex = "b20115 1a03 0a0161 1a06 0a0162 120131 1a06 0a0163 12010a";
    assert_eq!(encode_request(request), Ok(bytes(hex)));
}

#[test]
fn responses_are_decoded_as_the_examples_are() {
    let hex = "0a027232 6a13 08ffffffffffffffffff01 120368690a 28ac02";
    let reply = decoded(hex);
    assert_eq!(
        json_of(&reply),
        json!({"requestId": "r2", "error": null, "result": {"$case": "exec", "exec": {
            "exitCode": -1, "timedOut": false, "durationMs": "300",
        }}})
    );
    assert_eq!(field(&reply, &bytes(hex), "stdout"), b"hi\n");
    assert_eq!(field(&reply, &bytes(hex), "stderr"), b"");

    let offline = "0a027233 1220 0809
        121c6e6f206167656e7420726573706f6e64656420286f66666c696e6529";
    assert_eq!(
        json_of(&decoded(offline)),
        json!({"requestId": "r3", "result": null, "error": {
            "code": 9, "message": "no agent responded (offline)", "retryable": false, "detail": {},
        }})
    );

    let refused = "0a027234 1216 0803 12046e6f7065 1801 220a0a056572726e6f120132";
    assert_eq!(
        json_of(&decoded(refused))["error"],
        json!({"code": 3, "message": "nope", "retryable": true, "detail": {"errno": "2"}})
    );

    let list = "0a027237 82011e 0a1c 0a05612e747874 1205612e747874 1801 2005 2880d095ffbc31 30a403";
    assert_eq!(
        json_of(&decoded(list))["result"],
        json!({"$case": "fsList", "fsList": {"entries": [{
            "name": "a.txt", "path": "a.txt", "kind": 1, "size": "5",
            "modifiedMs": "1700000000000", "mode": 420,
        }]}})
    );
}

#[test]
fn nothing_is_an_empty_response() {
    let empty = json!({"requestId": "", "error": null, "result": null});
    assert_eq!(json_of(&decoded("")), empty);
}

#[test]
fn what_is_not_known_does_no_harm() {
    // A field of number 99, and a kind of entry that does not exist yet.
    let reply = decoded("9a060568656c6c6f 0a027237 820108 0a06 0a0161 18e707");
    let json = json_of(&reply);
    assert_eq!(json["requestId"], "r7");
    assert_eq!(json["result"]["fsList"]["entries"][0]["kind"], 999);
}

#[test]
fn a_field_of_another_type_is_not_known() {
    // A request id that is a number, and a duration that is text.
    let reply = decoded("0807 6a07 0801 2a0178 1a00");
    let json = json_of(&reply);
    assert_eq!(json["requestId"], "");
    assert_eq!(json["result"]["exec"]["exitCode"], 1);
    assert_eq!(json["result"]["exec"]["durationMs"], "0");
}

#[test]
fn the_last_value_of_a_field_counts_that_of_a_message_too() {
    let hex = "0a0161 6a08 0801 1202aabb 2801 0a0162 6a07 0802 1201cc 2000";
    let reply = decoded(hex);
    let exec = json!({"exitCode": 2, "timedOut": false, "durationMs": "0"});
    let result = json!({"$case": "exec", "exec": exec});
    let expected = json!({"requestId": "b", "error": null, "result": result});
    assert_eq!(json_of(&reply), expected);
    assert_eq!(field(&reply, &bytes(hex), "stdout"), [0xcc]);
}

#[test]
fn the_last_member_of_a_oneof_counts() {
    let reply = decoded("6a020801 7a020805 6a022003");
    let exec = json!({"exitCode": 0, "timedOut": true, "durationMs": "0"});
    assert_eq!(json_of(&reply)["result"], json!({"$case": "exec", "exec": exec}));
}

#[test]
fn damaged_responses_are_refused_at_any_depth() {
    let damaged = [
        "0a02 61",          // A text that ends too early.
        "0807 00",          // A zero tag.
        "6a02 08",          // A result that does.
        "6a02 0880",        // A number without an end.
        "6b",               // A group without an end.
        "1202 2205",        // An entry of a map that ends too early.
        "1204 22020a05",    // Its key.
        "8201 04 0a020880", // An item of a list.
        "da01 03 110000",   // A double of two bytes.
    ];
    for hex in damaged {
        assert!(decode_response(&bytes(hex)).is_err(), "{hex}");
    }
}

#[test]
fn a_bad_byte_in_a_text_costs_that_byte_alone() {
    let reply = decoded("0a027237 820107 0a05 0a0361ff62");
    assert_eq!(json_of(&reply)["result"]["fsList"]["entries"][0]["name"], "a\u{fffd}b");
    let reply = decoded("1206 2204 0a02ffff");
    assert_eq!(json_of(&reply)["error"]["detail"], json!({"\u{fffd}\u{fffd}": ""}));
}

#[test]
fn the_bytes_of_a_result_are_parts_of_the_reply() {
    let data = bytes("0a027232 7204 0a026869");
    let reply = decode_response(&data).expect("a response");
    assert_eq!(field(&reply, &data, "content"), b"hi");
}

#[test]
fn requests_that_cannot_be_encoded_say_why() {
    let exec = |timeout: Value| {
        json!({"$case": "exec", "exec": {
            "command": [], "shell": true, "cwd": "", "env": {}, "timeoutMs": timeout,
        }})
    };
    let refusals = [
        (0.5, Value::Null, "invalid uint32: 0.5"),
        (-1.0, Value::Null, "invalid uint32: -1"),
        (4_294_967_296.0, Value::Null, "invalid uint32: 4294967296"),
        (f64::NAN, Value::Null, "invalid uint32: NaN"),
        (0.0, exec(json!(-1)), "invalid uint32: -1"),
        (0.0, exec(json!("5")), "timeoutMs must be a number"),
        (0.0, exec(Value::Null), "timeoutMs must be a number"),
        (0.0, json!({"$case": "ping", "ping": {"nonce": "abc"}}), "Cannot convert abc to a BigInt"),
        (0.0, json!({"$case": "ping", "ping": {"nonce": "-1"}}), "invalid uint64: -1"),
        (0.0, json!({"$case": "ping", "ping": {"nonce": 1}}), "nonce must be a string"),
        (0.0, json!({"$case": "ping"}), "ping must be an object"),
        (0.0, json!({"$case": "reboot", "reboot": {}}), "$case must be the name of a known member"),
        (0.0, json!({"ping": {}}), "$case must be a string"),
        (
            0.0,
            json!({"$case": "desktopInput", "desktopInput": {"event": {
                "$case": "pointer", "pointer": {"x": 0.5, "y": 0, "action": 0, "button": 0},
            }}}),
            "invalid int32: 0.5",
        ),
    ];
    for (epoch, op, message) in refusals {
        let refusal = encoded("r", epoch, &op, b"").expect_err(message);
        assert_eq!(refusal.to_string(), message);
    }
    let write = json!({"$case": "fsWrite", "fsWrite": {
        "path": "", "createParents": true, "append": false, "mode": 0,
    }});
    let write = write.to_string();
    let envelope =
        Request { request_id: Some(String::new()), epoch: Some(0.0), ..Request::default() };
    let without_bytes = Request { op: Some(&write), ..envelope };
    let refusal = encode_request(without_bytes).expect_err("nothing to write");
    assert_eq!(refusal.to_string(), "content must be a Uint8Array");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_bytes_are_decoded_or_refused(data in prop::collection::vec(any::<u8>(), 0..200)) {
        let reply = decode_response(&data);
        prop_assert!(reply.is_err() || views_fit(&reply.expect("a reply"), &data));
    }

    #[test]
    fn damaged_responses_are_decoded_or_refused(
        which in 0..4usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut data = bytes([
            "0a027232 6a13 08ffffffffffffffffff01 120368690a 28ac02",
            "0a027234 1216 0803 12046e6f7065 1801 220a0a056572726e6f120132",
            "0a027237 82011e 0a1c 0a05612e747874 1205612e747874 1801 2005 2880d095ffbc31 30a403",
            "0a027232 7204 0a026869",
        ][which]);
        for (at, byte) in damage {
            let at = at.index(data.len());
            data[at] = byte;
        }
        data.truncate(cut.index(data.len()) + 1);
        let reply = decode_response(&data);
        prop_assert!(reply.is_err() || views_fit(&reply.expect("a reply"), &data));
    }
}

fn views_fit(reply: &Reply, data: &[u8]) -> bool {
    let is_json = serde_json::from_str::<Value>(&reply.json).is_ok();
    is_json && reply.bytes.iter().all(|view| data.get(view.range.clone()).is_some())
}
