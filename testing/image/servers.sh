# Servers that run on their own, by the files that they leave in a folder.

in_folder() {
  mkdir -p "$1" && cd "$1" || exit 1
}

listens() {
  nc -z 127.0.0.1 "$1" 2>/dev/null
}

# Whether a process runs. One that nobody has reaped does not.
runs() {
  kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# Starts a server. It has none of the starter's files: one of them is the lock of the launch.
start() {
  name=$1
  shift
  setsid "$@" >"$name.out" 2>"$name.log" </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  echo $! >"$name.pid"
}

# Waits until a condition holds, for ten seconds at most, and as long as the server runs.
await() {
  pid=$(cat "$1.pid")
  shift
  for _ in $(seq 200); do
    runs "$pid" || return 1
    "$@" && return 0
    sleep 0.05
  done
  return 1
}

fail() {
  stop
  echo "$2" >&2
  exit "$1"
}

# Ends all servers of the folder, and waits until they are gone.
stop() {
  for file in *.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    kill -- "-$pid" 2>/dev/null
    for _ in $(seq 100); do
      runs "$pid" || break
      sleep 0.05
    done
    kill -9 -- "-$pid" 2>/dev/null
  done
  rm -f -- *.pid *.out *.log shell.sock
}
