#!/bin/sh
# The shell of the demo's sandbox session. In a session of its own, it does not hear what the terminal
# sends to its foreground: Ctrl+C must not end the very command that stops a recording.
exec setsid bash "$@"
