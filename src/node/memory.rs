//! Memory that child processes do not need.

use napi_derive::napi;

/// Keeps the pages of `bytes` out of processes that are forked from this one.
///
/// A local session starts a process for each command. The kernel copies the page tables for it, although
/// the process runs another program at once. With 256 MiB of a recording in memory, this copy takes longer
/// than decoding a piece. On systems other than Linux this does nothing.
#[napi(catch_unwind)]
pub fn keep_from_forks(bytes: &[u8]) {
    #[cfg(target_os = "linux")]
    {
        /// The largest common page size, in bytes.
        const PAGE: usize = 1 << 16;
        let start = bytes.as_ptr().align_offset(PAGE);
        let length = bytes.len().saturating_sub(start) / PAGE * PAGE;
        if length == 0 {
            return;
        }
        let pages = &bytes[start..start + length];
        // SAFETY: The range is whole pages of an allocation that is alive during the call. The advice
        // does not change what this process reads and writes there; it only leaves the range out of forked
        // children. A child has the forking thread alone, and that thread only starts another program.
        #[expect(unsafe_code, reason = "there is no other way to advise the kernel")]
        unsafe {
            // A failure only costs time, so it is ignored.
            libc::madvise(pages.as_ptr().cast_mut().cast(), length, libc::MADV_DONTFORK);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
}
