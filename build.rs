//! Compiles the wire's messages into a table, and passes the linker settings of a Node addon to
//! cargo when the addon is built.

#[path = "build/table.rs"]
mod table;

use std::path::PathBuf;
use std::{env, fs};

const PROTO: &str = "proto/opengeni/agent/v1/control.proto";

fn main() {
    println!("cargo:rerun-if-changed={PROTO}");
    println!("cargo:rerun-if-changed=build");
    let files = protox::compile([PROTO], ["proto"]).expect("the .proto file compiles");
    let table = table::table(&files).unwrap_or_else(|refusal| panic!("{PROTO}: {refusal}"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a directory"));
    fs::write(out.join("messages.rs"), table).expect("the directory can be written to");
    #[cfg(feature = "node")]
    napi_build::setup();
}
