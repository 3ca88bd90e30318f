//! The features of a .proto file that the build refuses. Errors name the message and field.

#[path = "../build/table.rs"]
mod table;

use std::fs;
use std::path::PathBuf;

/// The table of a file with `content` under its first lines, or the error.
fn table_of(name: &str, syntax: &str, content: &str) -> Result<String, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{name}.proto"));
    fs::write(&file, format!("syntax = \"{syntax}\";\npackage p;\n{content}")).expect("a file");
    let files = protox::compile([&file], [&folder]).expect("a .proto file");
    table::table(&files)
}

fn refusal(name: &str, content: &str) -> String {
    table_of(name, "proto3", content).expect_err(content)
}

#[test]
fn what_is_supported_has_a_row() {
    let content = "
        message ControlRequest { string id = 1; oneof op { Put put = 2; Ask ask = 3; } }
        message Put { bytes data = 1; repeated string names = 2; }
        message Ask { Kind kind = 1; map<string, string> env = 2; repeated Part parts = 3; }
        message Part { int32 a = 1; uint32 b = 2; int64 c = 3; uint64 d = 4; double e_f = 5;
            bool g = 6; oneof either { string h = 7; bool i = 8; } }
        enum Kind { KIND_UNSPECIFIED = 0; }";
    let table = table_of("supported", "proto3", content).expect("a table");
    for row in [
        "static CONTROL_REQUEST: Message",
        r#"Field { number: 1, name: "data", kind: Kind::Bytes }"#,
        r#"Slot { name: "parts", holds: Holds::Many, fields: &[Field { number: 3,"#,
        r#"Slot { name: "env", holds: Holds::Map, fields: &[Field { number: 2,"#,
        r#"Field { number: 1, name: "kind", kind: Kind::Int32 }"#,
        r#"Field { number: 5, name: "eF", kind: Kind::Double }"#,
        r#"Slot { name: "either", holds: Holds::Either, fields: &[Field { number: 7,"#,
        "const MOST_SLOTS: usize = 7;",
    ] {
        assert!(table.contains(row), "{row} in {table}");
    }
}

#[test]
fn fields_of_other_shapes_are_refused() {
    let shapes = [
        ("optional int32 a_b = 1;", "M.a_b: `optional` is not supported"),
        ("repeated bytes a = 1;", "M.a: `repeated` of this type is not supported"),
        ("repeated int32 a = 1;", "M.a: `repeated` of this type is not supported"),
        ("repeated bool a = 1 [packed = false];", "M.a: `repeated` of this type is not supported"),
        ("repeated E a = 1;", "M.a: `repeated` of this type is not supported"),
        ("map<string, int32> a = 1;", "M.a: a map of other than text to text is not supported"),
        ("map<int32, string> a = 1;", "M.a: a map of other than text to text is not supported"),
        ("message N {} N a = 1;", "M.N: a message within a message is not supported"),
        ("oneof o { string a = 1; bytes b = 2; }", "M.b: bytes in a oneof is not supported"),
        ("M a = 1;", "M.a: a message that holds itself is not supported"),
        ("N n = 1;", "N.ms: a message that holds itself is not supported"),
    ];
    for (at, (field, expected)) in shapes.into_iter().enumerate() {
        let content = format!(
            "message M {{ {field} }} message N {{ repeated M ms = 1; }}
            enum E {{ E_NONE = 0; }}"
        );
        assert_eq!(refusal(&format!("shape{at}"), &content), expected);
    }
}

#[test]
fn other_types_are_refused() {
    let types = ["float", "fixed32", "fixed64", "sfixed32", "sfixed64", "sint32", "sint64"];
    for name in types {
        let refusal = refusal(name, &format!("message M {{ {name} a = 1; }}"));
        assert_eq!(refusal.to_lowercase(), format!("m.a: {name} is not supported"));
    }
}

#[test]
fn bytes_are_refused_where_they_have_no_place() {
    let cases = [
        (
            "message R { oneof op { A a = 1; } } message A { B b = 1; } message B { bytes c = 1; }",
            "B.c: bytes in this message is not supported",
        ),
        (
            "message R { oneof op { A a = 1; } } message A { oneof e { B b = 1; } }
             message B { bytes c = 1; }",
            "B.c: bytes in this message is not supported",
        ),
        (
            "message R { A a = 1; } message A { bytes c = 1; }",
            "A.c: bytes in this message is not supported",
        ),
        (
            "message R { oneof op { A a = 1; } repeated A b = 2; } message A { bytes c = 1; }",
            "A.c: bytes in this message is not supported",
        ),
        ("message R { bytes c = 1; }", "R.c: bytes in this message is not supported"),
        (
            "message ControlRequest { oneof op { A a = 1; } } message A { bytes c = 1; bytes d = 2; }",
            "A.d: a second field of bytes in a request is not supported",
        ),
    ];
    for (at, (content, expected)) in cases.into_iter().enumerate() {
        assert_eq!(refusal(&format!("bytes{at}"), content), expected);
    }
}

#[test]
fn other_syntaxes_are_refused() {
    let older = [
        ("optional group G = 1 {}", "M.g: Group is not supported"),
        ("required int32 a = 1;", "M.a: `required` is not supported"),
        ("optional int32 a = 1;", "older2.proto: a syntax other than proto3 is not supported"),
    ];
    for (at, (field, expected)) in older.into_iter().enumerate() {
        let content = format!("message M {{ {field} }}");
        assert_eq!(table_of(&format!("older{at}"), "proto2", &content), Err(expected.to_owned()));
    }
}
