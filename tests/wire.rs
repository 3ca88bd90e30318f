//! The wire: bytes that are known, bytes that are damaged, and requests that cannot be encoded.

use opengeni_runtime_native::selfhosted::control::AgentError;
use opengeni_runtime_native::selfhosted::wire::{
    MAX_ITEMS, MAX_TEXT, Malformed, Refusal, Reply, Request, Scalar, Tape, Value as Tree,
    decode_response, encode_request,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("two hex digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// The fields of bytes of operations.
const BYTES: [(&str, &str); 3] = [("exec", "stdin"), ("fsWrite", "content"), ("ptyWrite", "data")];

fn encoded(request_id: &str, epoch: f64, op: &Value, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let json = op.to_string();
    let mut op = serde_json::from_str(&json).expect("a tree");
    if let Tree::Object(properties) = &mut op {
        for (name, member) in properties {
            let field = BYTES.iter().find(|(case, _)| case == name);
            if let (Some((_, field)), Tree::Object(member)) = (field, member) {
                member.push(((*field).into(), data.into()));
            }
        }
    }
    encode_request(Request { request_id: request_id.into(), epoch: epoch.into(), op })
}

/// The text and the numbers of a response, without the 1 in front.
fn tape(hex: &str) -> (String, Vec<f64>) {
    let data = bytes(hex);
    let Tape { text, numbers } = decode_response(&data).expect("a response").tape;
    let (front, numbers) = numbers.split_first().expect("a number");
    assert!(*front > 0.0);
    (text, numbers.to_vec())
}

fn taped(text: &str, numbers: &[i32]) -> (String, Vec<f64>) {
    (text.to_owned(), numbers.iter().map(|&number| number.into()).collect())
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
    // Compared as text, since a `Value` sorts its keys.
    let op = op.to_string().replace(r#""env":{}"#, r#""env":{"b":"1","\u0061":"","c":"\n"}"#);
    let op = serde_json::from_str(&op).expect("a tree");
    let request = Request { request_id: "".into(), epoch: 0.0.into(), op };
    let hex = "b20115 1a03 0a0161 1a06 0a0162 120131 1a06 0a0163 12010a";
    assert_eq!(encode_request(request), Ok(bytes(hex)));
}

#[test]
fn the_core_asks_without_json() {
    let exec = Tree::object([
        ("command", Tree::from(vec!["ls".into(), "-la".into()])),
        ("shell", true.into()),
        ("cwd", String::from("proj").into()),
        ("env", Tree::object([("A", "1".into())])),
        ("stdin", b"in".as_slice().into()),
        ("timeoutMs", 5_000_u32.into()),
    ]);
    let op = Tree::case("exec", exec);
    let request = Request { request_id: "r".into(), epoch: 7.0.into(), op };
    let parts = r#"["r","exec",[["ls","-la"],true,"proj",{"A":"1"},null,5000]]"#;
    let of_parts = Request::of_parts(parts, Some(7.0), Some(b"in"));
    let hex = "0a0172 1007 6a20 0a026c73 0a032d6c61 1001 1a0470726f6a 2206 0a0141 120131
        2a02696e 308827";
    assert_eq!(encode_request(request), Ok(bytes(hex)));
    assert_eq!(of_parts.and_then(encode_request), Ok(bytes(hex)));
}

#[test]
fn bytes_are_taken_by_the_name_of_their_field() {
    let write = |content: Tree<'static>, path: Tree<'static>| {
        let parts = [("path", path), ("content", content), ("createParents", false.into())];
        let more = [("append", Tree::from(false)), ("mode", 0_u32.into())];
        let more = more.map(|(name, value)| (name.into(), value));
        let Tree::Object(mut properties) = Tree::object(parts) else {
            panic!("an object");
        };
        properties.extend(more);
        let op = Tree::case("fsWrite", Tree::Object(properties));
        encode_request(Request { request_id: "".into(), epoch: 0.0.into(), op })
    };
    let data = || Tree::from(b"hi".as_slice());
    assert_eq!(write(data(), "p".into()), Ok(bytes("7a07 0a0170 12026869")));
    let refused = |refusal: Result<_, Refusal>| refusal.map_err(|refusal| refusal.to_string());
    let no_content = Err("content must be a Uint8Array".to_owned());
    assert_eq!(refused(write("hi".into(), "p".into())), no_content);
    assert_eq!(refused(write(Tree::Null, "p".into())), no_content);
    let no_path = Err("path must be a string".to_owned());
    assert_eq!(refused(write(data(), data())), no_path);
}

#[test]
fn parts_that_are_no_request_say_so() {
    let refusal = |json, bytes| {
        let request = Request::of_parts(json, Some(0.0), bytes);
        request.and_then(encode_request).expect_err("a refusal").to_string()
    };
    assert_eq!(refusal("[null]", None), "requestId must be a string");
    assert_eq!(refusal(r#"["r","reboot",null]"#, None), "$case must be the name of a known member");
    assert_eq!(refusal(r#"["r",null,null]"#, None), "$case must be a string");
    assert_eq!(refusal(r#"["r","ping",null]"#, None), "ping must be an object");
    assert_eq!(refusal(r#"["r","ping",[null]]"#, Some(b"")), "nonce must be a string");
    assert_eq!(refusal(r#"["r","ptyWrite",["p",null]]"#, None), "data must be a Uint8Array");
    assert_eq!(refusal("{", None), "a request must be JSON");
    let nothing = Request::of_parts(r#"["r"]"#, None, None).expect("a request");
    assert_eq!(
        encode_request(nothing).expect_err("no epoch").to_string(),
        "epoch must be a number"
    );
}

#[test]
fn responses_are_decoded_as_the_examples_are() {
    let exec = "0a027232 6a13 08ffffffffffffffffff01 120368690a 28ac02";
    // The id; no error; the fourth member: exit code, stdout, stderr, timed out, duration.
    let numbers = [2, 0, 4, -1, 19, 22, 0, 0, 0, 3];
    assert_eq!(tape(exec), taped("r2300", &numbers));
    let data = bytes(exec);
    assert_eq!(&data[19..22], b"hi\n");

    let offline = "0a027233 1220 0809
        121c6e6f206167656e7420726573706f6e64656420286f66666c696e6529";
    // An error: code, message, not retryable, no details; no result.
    let numbers = [2, 1, 9, 28, 0, 0, 0];
    assert_eq!(tape(offline), taped("r3no agent responded (offline)", &numbers));

    let refused = "0a027234 1216 0803 12046e6f7065 1801 220a0a056572726e6f120132";
    let numbers = [2, 1, 3, 4, 1, 1, 5, 1, 0];
    assert_eq!(tape(refused), taped("r4nopeerrno2", &numbers));

    let list = "0a027237 82011e 0a1c 0a05612e747874 1205612e747874 1801 2005 2880d095ffbc31 30a403";
    let numbers = [2, 0, 7, 1, 5, 5, 1, 1, 13, 420];
    assert_eq!(tape(list), taped("r7a.txta.txt51700000000000", &numbers));

    let stat = "0a027238 9a0104 0801 1200";
    let numbers = [2, 0, 10, 1, 1, 0, 0, 0, 1, 1, 0];
    assert_eq!(tape(stat), taped("r800", &numbers));
}

#[test]
fn the_core_looks_into_a_response() {
    let data = bytes("0a027232 6a18 08ffffffffffffffffff01 120368690a 1a0165 2001 28ac02");
    let reply = decode_response(&data).expect("a response");
    assert_eq!((reply.request_id, &reply.error), (&b"r2"[..], &None));
    let result = reply.result.expect("a result");
    assert_eq!(result.case, "exec");
    let fields = [
        ("exitCode", Scalar::Number(-1.0)),
        ("stdout", Scalar::Bytes(b"hi\n")),
        ("stderr", Scalar::Bytes(b"e")),
        ("timedOut", Scalar::Bool(true)),
        ("durationMs", Scalar::Uint64(300)),
    ];
    for (name, value) in fields {
        assert_eq!(result.get(name), Some(value), "{name}");
    }
    assert_eq!(result.get("signal"), None);

    let data = bytes("ba0102 0800");
    let opened = decode_response(&data).expect("a response").result.expect("a result");
    assert_eq!((opened.case, opened.get("ptyId")), ("ptyWrite", None));
    let data = bytes("b20102 1200");
    let opened = decode_response(&data).expect("a response").result.expect("a result");
    assert_eq!(opened.get("ptyId"), Some(Scalar::Text("".into())));
    assert_eq!(opened.get("channel"), None);

    let data = bytes("1216 0803 12046e6f7065 1801 220a0a056572726e6f120132");
    let error = AgentError { code: 3, message: "nope".to_owned(), retryable: true };
    let reply = decode_response(&data).expect("a response");
    assert!(reply.result.is_none());
    assert_eq!(reply.error.as_ref(), Some(&error));
    let tape = Tape::of_error(&error);
    assert_eq!((tape.text, tape.numbers), taped("nope", &[0, 3, 4, 1]));
}

#[test]
fn nothing_is_an_empty_response() {
    assert_eq!(tape(""), taped("", &[0, 0, 0]));
}

#[test]
fn what_is_not_known_does_no_harm() {
    // A field of number 99, and a kind of entry that does not exist yet.
    let known = tape("9a060568656c6c6f 0a027237 820108 0a06 0a0161 18e707");
    assert_eq!(known, taped("r7a00", &[2, 0, 7, 1, 1, 0, 999, 1, 1, 0]));
}

#[test]
fn a_field_of_another_type_is_not_known() {
    // A request id that is a number, and a duration that is text.
    let known = tape("0807 6a07 0801 2a0178 1a00");
    assert_eq!(known, taped("0", &[0, 0, 4, 1, 0, 0, 0, 0, 0, 1]));
}

#[test]
fn the_last_value_of_a_field_counts_that_of_a_message_too() {
    let last = tape("0a0161 6a08 0801 1202aabb 2801 0a0162 6a07 0802 1201cc 2000");
    assert_eq!(last, taped("b0", &[1, 0, 4, 2, 22, 23, 0, 0, 0, 1]));
}

#[test]
fn the_last_member_of_a_oneof_counts() {
    let last = tape("6a020801 7a020805 6a022001");
    assert_eq!(last, taped("0", &[0, 0, 4, 0, 0, 0, 0, 0, 1, 1]));
}

#[test]
fn doubles_come_as_they_are() {
    let doubles = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.1];
    for double in doubles {
        let mut data = bytes("da0109 11");
        data.extend(double.to_le_bytes());
        let reply = decode_response(&data).expect("a response");
        let [1.0, 0.0, 0.0, 18.0, 1.0, cpu, ..] = reply.tape.numbers[..] else {
            panic!("{:?}", reply.tape.numbers);
        };
        assert_eq!(cpu.to_bits(), double.to_bits());
    }
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
    let list = tape("0a027237 820107 0a05 0a0361ff62");
    assert_eq!(list, taped("r7a\u{fffd}b00", &[2, 0, 7, 1, 3, 0, 0, 1, 1, 0]));
    let error = tape("1206 2204 0a02ffff");
    assert_eq!(error, taped("\u{fffd}\u{fffd}", &[0, 1, 0, 0, 0, 1, 2, 0, 0]));
}

#[test]
fn texts_are_as_long_as_javascript_has_them() {
    // A letter of two bytes, and an emoji of two UTF-16 code units.
    let id = tape("0a06 c3a4 f09f9880");
    assert_eq!(id, taped("\u{e4}\u{1f600}", &[3, 0, 0]));
}

/// A field of bytes, text or a message.
fn delimited(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut field = key.to_vec();
    let mut len = content.len();
    while len >= 0x80 {
        field.push(u8::try_from(len & 0x7f).expect("seven bits") | 0x80);
        len >>= 7;
    }
    field.push(u8::try_from(len).expect("seven bits"));
    [&field, content].concat()
}

#[test]
fn a_response_has_no_more_items_than_the_limit() {
    let entries = |count| delimited(&[0x82, 0x01], &[0x0a, 0x00].repeat(count));
    let details = |count| delimited(&[0x12], &[0x22, 0x00].repeat(count));
    assert!(decode_response(&entries(MAX_ITEMS)).is_ok());
    // The items of all lists and maps count, before any of them is read.
    let too_many = [
        entries(MAX_ITEMS + 1),
        details(MAX_ITEMS + 1),
        [details(MAX_ITEMS / 2), entries(MAX_ITEMS / 2 + 1)].concat(),
    ];
    for data in too_many {
        let fault = decode_response(&data).expect_err("too many items");
        assert_eq!(fault, Malformed::Items);
        assert_eq!(fault.to_string(), "it has more than 262144 items in lists and maps");
    }
}

#[test]
fn a_response_has_no_more_text_than_the_limit() {
    let error = |len| delimited(&[0x12], &delimited(&[0x12], &vec![0x01; len]));
    let id = delimited(&[0x0a], b"r");
    assert!(decode_response(&error(MAX_TEXT)).is_ok());
    for data in [error(MAX_TEXT + 1), [id, error(MAX_TEXT)].concat()] {
        let fault = decode_response(&data).expect_err("too much text");
        assert_eq!(fault, Malformed::Text);
        assert_eq!(fault.to_string(), "it has more than 16777216 bytes of text");
    }
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

/// Whether the tape has the place of each field of bytes.
fn views_fit(reply: &Reply, data: &[u8]) -> bool {
    let contents = ["stdout", "stderr", "content", "png"].map(|name| reply.result?.get(name));
    contents.into_iter().flatten().all(|content| {
        let is_there = |place: &[f64]| match (place, &content) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places")]
            (&[from, to], Scalar::Bytes(bytes)) => {
                data.get(from as usize..to as usize) == Some(bytes)
            }
            _ => false,
        };
        reply.tape.numbers.windows(2).any(is_there)
    })
}
