//! The addresses of a machine's streams, which its relay serves.

/// The default path of streams at a relay.
pub const STREAM_PATH: &str = "/stream";

/// The default port of a relay.
#[must_use]
pub fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// The protocol of a channel, by its kind on the wire: `pty` for a terminal, `vnc` for a desktop, else
/// `raw`.
#[must_use]
pub fn protocol(kind: Option<f64>) -> &'static str {
    match kind {
        Some(1.0) => "pty",
        Some(2.0) => "vnc",
        _ => "raw",
    }
}

/// The name of a channel: its id, or `<workspace>:<agent>:<port>` without one.
#[must_use]
pub fn channel(id: Option<String>, workspace_id: &str, agent_id: &str, port: &str) -> String {
    id.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("{workspace_id}:{agent_id}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::channel;

    #[test]
    fn a_channel_without_a_name_goes_by_its_place() {
        assert_eq!(channel(Some("c".to_owned()), "w", "a", "80"), "c");
        assert_eq!(channel(Some(String::new()), "w", "a", "80"), "w:a:80");
        assert_eq!(channel(None, "w", "a", "80"), "w:a:80");
    }
}
