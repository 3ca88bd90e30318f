// Neither a command nor a dial that never settles must keep the process alive.
import {
  NatsControlRpc,
  SelfhostedSession,
  startRecording,
  stopRecording,
} from "@opengeni/runtime-native";

const session = { exec: () => new Promise(() => {}) };
startRecording(session, { recordingId: "r1" }).then(() => process.exit(1));
stopRecording(session, /** @type {any} */ ({ pidFile: "/tmp/x.pid" })).then(() => process.exit(1));
const controlRpc = new NatsControlRpc(() => new Promise(() => {}));
const ids = { workspaceId: "w", agentId: "a", relay: { host: "relay.test" } };
const machine = new SelfhostedSession({ ...ids, controlRpc });
machine.ping().then(() => process.exit(1));
machine.readFile({ path: "f" }).then(
  () => process.exit(1),
  () => process.exit(1),
);
process.on("exit", () => console.log("left by itself"));
