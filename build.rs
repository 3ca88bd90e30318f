//! Passes the linker settings of a Node addon to cargo when the addon is built.

fn main() {
    #[cfg(feature = "node")]
    napi_build::setup();
}
