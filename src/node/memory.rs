//! Memory that child processes have no use for.

use napi_derive::napi;

/// Keeps the pages that lie within `bytes` out of processes that are forked from this one.
///
/// A session on this machine starts a process for each command, and the kernel copies the table of all
/// pages for it, though the process is about to run another program: with 256 MiB of a recording at
/// hand that takes longer than to decode a piece. Where the system has no such advice, nothing is done.
#[napi(catch_unwind)]
pub fn keep_from_forks(bytes: &[u8]) {
    #[cfg(target_os = "linux")]
    {
        /// The largest page of memory that is common, in bytes.
        const PAGE: usize = 1 << 16;
        let start = bytes.as_ptr().align_offset(PAGE);
        let length = bytes.len().saturating_sub(start) / PAGE * PAGE;
        if length == 0 {
            return;
        }
        let pages = &bytes[start..start + length];
        // SAFETY: The range is whole pages of an allocation that is alive during the call. The advice
        // changes nothing of what this process reads and writes there: it only leaves the range out of
        // children, of which none but the forking thread goes on, up to the program it runs.
        #[expect(unsafe_code, reason = "there is no other way to advise the kernel")]
        unsafe {
            // Advice that is not taken costs time, and nothing else.
            libc::madvise(pages.as_ptr().cast_mut().cast(), length, libc::MADV_DONTFORK);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
}
