//! A connection that requests share.

use super::transport::dial_timeout;
use crate::shell::Thrown;

/// What makes connections, and a clock.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Dialer {
    /// Whether there is a connection, once the dial has ended that is under way. Where none is, it
    /// begins one.
    async fn connect(&self) -> Result<bool, Thrown>;

    /// Waits that many milliseconds.
    async fn sleep(&self, ms: f64) -> Result<(), Thrown>;
}

/// Whether there is a connection within the time that a request has. A dial that takes longer goes on,
/// for the next request.
///
/// # Errors
///
/// With what the dialer throws.
pub async fn connect(dialer: &impl Dialer, timeout_ms: f64) -> Result<bool, Thrown> {
    let Some(ms) = dial_timeout(timeout_ms) else { return dialer.connect().await };
    tokio::select! {
        biased;
        connected = dialer.connect() => connected,
        slept = dialer.sleep(ms) => slept.map(|()| false),
    }
}
