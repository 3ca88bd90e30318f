//! Waiting for a connection that requests share.

use super::transport::dial_timeout;
use crate::shell::Thrown;

/// The port to the caller's connection and clock.
#[expect(async_fn_in_trait, reason = "flows are stepped on one thread; no Send bound is wanted")]
pub trait Dialer {
    /// Dials, or joins the dial that is under way. Returns whether there is a connection at its end.
    async fn connect(&self) -> Result<bool, Thrown>;

    /// Waits for `ms` milliseconds.
    async fn sleep(&self, ms: f64) -> Result<(), Thrown>;

    /// Closes the connection, where no request was sent over it.
    async fn close_unused(&self) -> Result<(), Thrown>;
}

/// Waits for a connection, up to the timeout of the request. Returns whether there is one. A dial that
/// takes longer goes on, and later requests join it.
///
/// # Errors
///
/// When the dialer throws: the thrown value.
pub async fn connect(dialer: &impl Dialer, timeout_ms: f64) -> Result<bool, Thrown> {
    let Some(ms) = dial_timeout(timeout_ms) else { return dialer.connect().await };
    tokio::select! {
        biased;
        connected = dialer.connect() => connected,
        slept = dialer.sleep(ms) => slept.map(|()| false),
    }
}

/// Keeps a connection that nobody waits for any more, as long as the last request has waited for it, and
/// closes it then unless it was used. Otherwise dials of callers that are gone would leave connections
/// behind.
///
/// # Errors
///
/// When the dialer throws: the thrown value.
pub async fn keep_late(dialer: &impl Dialer, timeout_ms: f64) -> Result<(), Thrown> {
    let Some(ms) = dial_timeout(timeout_ms) else { return Ok(()) };
    dialer.sleep(ms).await?;
    dialer.close_unused().await
}
