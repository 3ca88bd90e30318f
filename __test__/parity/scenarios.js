// What the old module does right: the new one must do the same.
import { PROCESS } from "../support/box.js";
import { DELIVERIES, SHAPES, THROWABLES, THROWS, session } from "./sessions.js";
import { lines } from "./videos.js";

/**
 * @typedef {import("./run.js").Scenario} Scenario
 * @typedef {import("./run.js").Api} Api
 */

const VIDEO = Buffer.from("not really a video, but 61 bytes of text that stand for one..");

/** @type {import("./sessions.js").Box} */
export const healthyBox = (cmd) => {
  if (cmd.includes("stat -c")) return `${VIDEO.length}\n`;
  if (cmd.includes("base64")) return lines(VIDEO);
  return "";
};

/** @type {Record<string, (api: Api, session: any) => unknown>} */
const OPERATIONS = {
  start: (api, session) => api.startRecording(session, { recordingId: "r1" }),
  stop: (api, session) => api.stopRecording(session, { ...PROCESS }),
  read: (api, session) => api.readRecordingBytes(session, { ...PROCESS }),
  delete: (api, session) => api.deleteRecordingArtifacts(session, { ...PROCESS }),
};

/** @type {Record<string, any>} */
const HANDLES = {
  "a user": { ...PROCESS, runAs: "agent" },
  "a time as text": { ...PROCESS, startedAt: `${PROCESS.startedAt}` },
  "a time as a date": { ...PROCESS, startedAt: new Date(PROCESS.startedAt) },
  "getters that throw for what is not needed": Object.defineProperty({ ...PROCESS }, "framerate", {
    get() {
      throw THROWABLES.token;
    },
  }),
};

/** @type {Scenario[]} */
export const scenarios = [];

for (const [operation, run] of Object.entries(OPERATIONS)) {
  for (const [shape, put] of Object.entries(SHAPES)) {
    for (const [delivery, deliver] of Object.entries(DELIVERIES)) {
      for (const methods of [["exec"], ["execCommand"], ["exec", "execCommand"]]) {
        // Which method is called and how its result comes are independent of each other.
        if (methods[0] === "execCommand" && deliver !== DELIVERIES["a promise"]) continue;
        if (methods.length === 2 && put !== SHAPES["output"]) continue;
        scenarios.push({
          name: `${operation}: ${methods.join(" and ")} gives ${shape} as ${delivery}`,
          session: (log) => session(log, methods, (cmd) => deliver(put(healthyBox(cmd)))),
          run,
        });
      }
    }
  }

  for (const [throwable, value] of Object.entries(THROWABLES)) {
    for (const [manner, doThrow] of Object.entries(THROWS)) {
      for (const methods of [["exec"], ["execCommand"]]) {
        if (methods[0] === "execCommand" && value !== THROWABLES.token) continue;
        for (const failing of ["stat -c", "base64", ""]) {
          if (failing !== "" && operation !== "read") continue;
          scenarios.push({
            name: `${operation}: ${methods[0]} throws ${throwable} ${manner} at "${failing}"`,
            session: (log) =>
              session(log, methods, (cmd) =>
                cmd.includes(failing) ? doThrow(value) : { output: healthyBox(cmd) },
              ),
            run,
          });
        }
      }
    }
  }

  for (const value of [undefined, null, 5]) {
    scenarios.push({ name: `${operation}: the session is ${value}`, session: () => value, run });
    // A size is missed in other words where nothing comes.
    if (operation === "read" && value === 5) continue;
    scenarios.push({
      name: `${operation}: exec gives ${value}`,
      session: (log) => session(log, ["exec"], async () => value),
      run,
    });
  }

  scenarios.push(
    {
      name: `${operation}: the session has no method`,
      session: (log) => session(log, [], () => undefined),
      run,
    },
    {
      name: `${operation}: exec is not a function`,
      session: (log) => ({ exec: true, ...methodsOf(log, ["execCommand"]) }),
      run,
    },
    {
      name: `${operation}: exec is another function at every look-up`,
      session(log) {
        let lookups = 0;
        return {
          get exec() {
            const lookup = ++lookups;
            log.push({ get: `exec ${lookup}` });
            return /** @param {any} args */ async (args) => {
              log.push({ call: `exec ${lookup}`, args: [args], onSession: false });
              return { output: healthyBox(args.cmd) };
            };
          },
        };
      },
      run,
    },
    {
      name: `${operation}: exec is gone when it is called`,
      session(log) {
        let lookups = 0;
        return {
          get exec() {
            const lookup = ++lookups;
            log.push({ get: `exec ${lookup}` });
            return lookup % 2 === 1 ? () => {} : undefined;
          },
        };
      },
      run,
    },
    {
      name: `${operation}: the getter of exec throws`,
      session: () => ({
        get exec() {
          throw THROWABLES.token;
        },
      }),
      run,
    },
    {
      name: `${operation}: exec needs its private fields`,
      session: (log) =>
        new (class {
          #box = healthyBox;
          /** @param {any} args */
          async exec(args) {
            log.push({ call: "exec", args: [args], onSession: true });
            return { output: this.#box(args.cmd) };
          }
        })(),
      run,
    },
  );
}

/**
 * @param {import("./run.js").Event[]} log
 * @param {string[]} methods
 */
function methodsOf(log, methods) {
  const { execCommand } = session(log, methods, async (cmd) => healthyBox(cmd));
  return { execCommand };
}

for (const [name, handle] of Object.entries(HANDLES)) {
  scenarios.push({
    name: `a handle with ${name}`,
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: healthyBox(cmd) })),
    async run(api, session) {
      await api.stopRecording(session, { ...handle, boxPath: "/tmp/other.mp4" });
      const { bytes } = await api.readRecordingBytes(session, handle);
      await api.deleteRecordingArtifacts(session, handle);
      return bytes;
    },
  });
}

/** @type {Record<string, any>} */
const INPUTS = {
  "vp9-webm": { codec: "vp9-webm" },
  "every field": {
    codec: "vp9-webm",
    framerate: 29.97,
    maxSeconds: 0.25,
    dimensions: [640, 480],
    display: ":7",
    runAs: "agent",
    tmpDir: "/var/rec-1_2",
  },
  "plain characters of every kind": { recordingId: "aZ0_.:@%+=,-", tmpDir: "/a/b", display: "h:1" },
  "numbers at their limits": { framerate: 1, maxSeconds: 9_223_372_036_854 },
  "an empty runAs": { runAs: "" },
  "more than two dimensions": { dimensions: [640, 480, 24] },
  "dimensions in a typed array": { dimensions: Uint16Array.of(640, 480) },
  "an empty tmpDir": { tmpDir: "" },
  "fields set to undefined": /** @type {any} */ ({
    codec: undefined,
    framerate: undefined,
    dimensions: undefined,
    runAs: undefined,
  }),
  "fields set to null": /** @type {any} */ ({ codec: null, maxSeconds: null, display: null }),
};
for (const [name, input] of Object.entries(INPUTS)) {
  scenarios.push({
    name: `start with ${name}`,
    session: (log) => session(log, ["exec"], async () => ({ output: "" })),
    run: (api, session) => api.startRecording(session, { recordingId: "r1", ...input }),
  });
}

/** @type {Record<string, { size: string, maxBytes?: number, process?: object }>} */
const READS = {
  "a file at the limit": { size: "61\n", maxBytes: 61 },
  "a file over the limit": { size: "61\n", maxBytes: 60 },
  "a file over a fractional limit": { size: "61\n", maxBytes: 60.5 },
  "a file over the default limit": { size: "268435457\n" },
  "a size with a login banner": { size: "Welcome\n\n61\n \n" },
  "a size with a carriage return": { size: "61\r\n" },
  "no limit": { size: "61\n", maxBytes: Infinity },
  "a webm": { size: "61", process: { codec: "vp9-webm", boxPath: "/tmp/og-rec-r1.webm" } },
  "a user": { size: "61", process: { runAs: "agent" } },
  "a start in the future": { size: "61", process: { startedAt: 2_000_000_000_000 } },
  "a missing file": { size: "MISSING\n" },
  "an empty file": { size: "0\n" },
};
for (const [name, { size, maxBytes, process }] of Object.entries(READS)) {
  scenarios.push({
    name: `read ${name}`,
    session: (log) =>
      session(log, ["exec"], async (cmd) => ({
        output: cmd.includes("stat -c") ? size : healthyBox(cmd),
      })),
    run: (api, session) => api.readRecordingBytes(session, { ...PROCESS, ...process }, maxBytes),
  });
}

scenarios.push(
  {
    name: "read nothing at all",
    session: (log) =>
      session(log, ["exec"], async (cmd) => ({ output: cmd.includes("stat") ? "61" : " \n" })),
    run: OPERATIONS["read"] ?? (() => {}),
  },
  {
    name: "delete a webm and another file",
    session: (log) => session(log, ["exec"], async () => ({ output: "" })),
    async run(api, session) {
      await api.deleteRecordingArtifacts(session, { ...PROCESS, boxPath: "/tmp/og-rec-r1.webm" });
      await api.deleteRecordingArtifacts(session, { ...PROCESS, boxPath: "/tmp/other.mkv" });
    },
  },
  {
    name: "a whole recording",
    session: (log) => session(log, ["exec"], async (cmd) => ({ output: healthyBox(cmd) })),
    async run(api, session) {
      const process = await api.startRecording(session, { recordingId: "r1" });
      const finalized = await api.readRecordingBytes(session, process);
      await api.deleteRecordingArtifacts(session, process);
      return finalized;
    },
  },
  ...["h264-mp4", "vp9-webm"].flatMap((codec) =>
    /** @type {const} */ (["contentTypeForCodec", "extForCodec"]).map((name) => ({
      name: `${name} of ${codec}`,
      session: () => undefined,
      run: (/** @type {Api} */ api) => api[name](/** @type {any} */ (codec)),
    })),
  ),
  ...[
    ["w", "s", "r"],
    ["a b", "..a", "é"],
    [1, null, undefined],
  ].map((ids) => ({
    name: `recordingStorageKey of ${JSON.stringify(ids)}`,
    session: () => undefined,
    run: (/** @type {any} */ api) => api.recordingStorageKey(...ids, "vp9-webm"),
  })),
  ...[RangeError, Error].map((NewTarget) => ({
    name: `errors made by callers (${NewTarget.name})`,
    session: () => undefined,
    run(/** @type {Api} */ api) {
      const error = new api.RecordingError("message", "box-death");
      const unavailable = new api.RecordingUnavailableError("other message");
      return [error, unavailable].map((made) => [
        made instanceof Error,
        made instanceof NewTarget,
        made.constructor.length,
        made.name,
        made.message,
        Object.keys(made),
        Object.prototype.hasOwnProperty.call(made, "name"),
        `${made}`,
      ]);
    },
  })),
);
