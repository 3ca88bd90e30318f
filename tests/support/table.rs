//! Tables of cases that the tests of the core and those of the package share.

#![allow(dead_code, reason = "each test binary uses its own part")]

use serde_json::{Map, Value};

pub type Row = Map<String, Value>;

/// One of the tables in a file of `__test__/tables/`.
pub fn rows(name: &str, part: &str) -> Vec<Row> {
    let path = format!("{}/__test__/tables/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(path).expect("a file of tables");
    let mut tables: Row = serde_json::from_str(&file).expect("tables");
    serde_json::from_value(tables.remove(part).expect("a table")).expect("rows")
}

pub fn text<'a>(row: &'a Row, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}

pub fn flag(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// A number, or the text of one that JSON has not.
pub fn number(row: &Row, field: &str) -> Option<f64> {
    let value = row.get(field)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
