// A WebSocket as a pipe: what comes on standard input is sent, and what comes back is printed.
// Runs in a process of its own: the oldest Node has WebSockets behind a flag.
const [, , url = ""] = process.argv;
const socket = new WebSocket(url, ["binary"]);
socket.binaryType = "arraybuffer";
socket.addEventListener("message", ({ data }) => {
  process.stdout.write(typeof data === "string" ? data : new Uint8Array(data));
});
socket.addEventListener("error", () => {
  process.exitCode = 1;
});
socket.addEventListener("close", () => process.exit());
socket.addEventListener("open", () => {
  process.stdin.on("data", (bytes) => socket.send(bytes));
  process.stdin.on("end", () => socket.close());
});
