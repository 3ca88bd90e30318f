#!/bin/sh
# The shell of the demo's sandbox session. It runs in a session of its own, so that Ctrl+C in the terminal
# does not end the command that stops a recording.
exec setsid bash "$@"
