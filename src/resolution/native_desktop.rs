//! Whether a session has a desktop of its own.

/// Whether a desktop is used through the session's methods rather than by commands. It needs both
/// `desktopInput` and `screenshot`.
#[must_use]
pub fn has_native_desktop(has_input: bool, has_screenshot: bool) -> bool {
    has_input && has_screenshot
}

#[cfg(test)]
mod tests {
    use super::has_native_desktop;

    #[test]
    fn one_of_the_two_is_none() {
        let presence = [(false, false), (true, false), (false, true), (true, true)];
        let native = presence.map(|(input, screenshot)| has_native_desktop(input, screenshot));
        assert_eq!(native, [false, false, false, true]);
    }
}
