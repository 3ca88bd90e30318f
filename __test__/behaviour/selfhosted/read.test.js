// Files that are longer than one message.
import { createHash, randomFillSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  MockAgentResponder,
  NatsControlRpc,
  SelfhostedControlError,
  SelfhostedSession,
} from "../../../index.js";
import { agentWith } from "../../support/control.js";
import { ControlRequest, ControlResponse, decode, encode } from "../../support/wire.js";

const RANGE = 524_288;
const PATH = "/workspace/f";

/**
 * A machine with one file, which may change with each request.
 *
 * @param {Uint8Array} file
 */
function machineWith(file) {
  const machine = {
    file,
    modifiedMs: 1,
    /** The ranges that were asked for, and `stat`. */
    asked: /** @type {string[]} */ ([]),
    requestIds: new Set(),
    /** @type {(asked: string, machine: any) => void} Before each answer. */
    meanwhile: () => {},
    /** @type {(asked: { offset: number, length: number }, machine: any) => object} */
    read({ offset, length }) {
      const content = machine.file.subarray(offset, length ? offset + length : undefined);
      return { content, totalSize: String(machine.file.length) };
    },
    /** @param {Uint8Array} file */
    change(file) {
      machine.file = file;
      machine.modifiedMs++;
    },
    /**
     * @param {any} request
     * @returns {any}
     */
    respond({ requestId, op }) {
      machine.requestIds.add(requestId);
      const { $case } = op;
      const range = $case === "fsRead" && [Number(op.fsRead.offset), Number(op.fsRead.length)];
      const asked = range ? range.join("+") : "stat";
      machine.meanwhile(asked, machine);
      machine.asked.push(asked);
      if (!range) {
        const { length: size } = machine.file;
        const entry = { name: "f", path: "f", kind: 1, mode: 0, size: String(size) };
        return result({ exists: true, entry: { ...entry, modifiedMs: `${machine.modifiedMs}` } });
      }
      const [offset = 0, length = 0] = range;
      return result(machine.read({ offset, length }, machine));

      /** @param {object} member */
      function result(member) {
        return { requestId, error: undefined, result: { $case, [$case]: member } };
      }
    },
  };
  return machine;
}

/** @type {[string, (machine: ReturnType<typeof machineWith>) => Promise<SelfhostedSession>][]} */
const WAYS = [
  [
    "the caller's own way",
    async (machine) => sessionOver(agentWith({}, (request) => machine.respond(request))),
  ],
  [
    "a connection",
    async (machine) => {
      const rpc = new NatsControlRpc(async () => ({
        async request(_subject, payload) {
          const response = machine.respond(decode(ControlRequest, payload));
          return { data: encode(ControlResponse, response) };
        },
      }));
      const session = sessionOver(rpc);
      // The first request makes the connection.
      await session.statFile({ path: PATH });
      machine.asked.length = 0;
      return session;
    },
  ],
];

/** @param {any} controlRpc */
function sessionOver(controlRpc) {
  const relay = { host: "relay.test" };
  return new SelfhostedSession({ workspaceId: "w", agentId: "a", controlRpc, relay });
}

/** @param {number} length */
function noise(length) {
  return randomFillSync(new Uint8Array(length));
}

/** @param {Uint8Array} bytes */
function sum(bytes) {
  return `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * The digest of what was read, or the text of the error.
 *
 * @param {Promise<Uint8Array>} read
 */
function outcomeOf(read) {
  return read.then(sum, String);
}

/** @param {...Uint8Array} parts */
function joined(...parts) {
  return Uint8Array.from(Buffer.concat(parts));
}

describe.each(WAYS)("over %s", (_way, sessionWith) => {
  it.each([
    [0, undefined, ["0+524288"]],
    [RANGE, undefined, ["0+524288"]],
    [RANGE, RANGE, ["0+524288"]],
    [3 * RANGE, RANGE, ["0+524288"]],
    [3 * RANGE, 10, ["0+10"]],
    [5, 10, ["0+10"]],
    [5, 2 * RANGE, ["0+524288"]],
    [RANGE + 1, undefined, ["0+524288", "stat", "0+524288", "524288+1", "524289+1", "stat"]],
    [2 * RANGE, undefined, ["0+524288", "stat", "0+524288", "524288+524288", "1048576+1", "stat"]],
    [3 * RANGE, RANGE + 7, ["0+524288", "stat", "0+524288", "524288+7", "1572864+1", "stat"]],
  ])(
    "a file of %i bytes, of which %o are wanted, is read in ranges",
    async (length, maxBytes, asked) => {
      const machine = machineWith(noise(length));
      const session = await sessionWith(machine);
      const bytes = await session.readFile({ path: PATH, ...(maxBytes && { maxBytes }) });
      expect(sum(bytes)).toBe(sum(machine.file.subarray(0, maxBytes)));
      expect(machine.asked).toEqual(asked);
    },
  );

  it("each request has an id of its own", async () => {
    const machine = machineWith(noise(5 * RANGE));
    const session = await sessionWith(machine);
    machine.requestIds.clear();
    await session.readFile({ path: PATH });
    expect(machine.requestIds.size).toBe(machine.asked.length);
  });

  it("an image of any length is viewed", async () => {
    const png = joined(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), noise(2 * RANGE));
    const session = await sessionWith(machineWith(png));
    const { image } = await session.viewImage({ path: "shot" });
    expect(image.mediaType).toBe("image/png");
    expect(sum(image.data)).toBe(sum(png));
  });

  it("two files at once are each its own", async () => {
    const machines = [machineWith(noise(3 * RANGE)), machineWith(noise(4 * RANGE + 1))];
    const sessions = await Promise.all(machines.map(sessionWith));
    const files = await Promise.all(
      [...sessions, ...sessions].map((session) => session.readFile({ path: PATH })),
    );
    const expected = [...machines, ...machines].map(({ file }) => sum(file));
    expect(files.map(sum)).toEqual(expected);
  });

  it("an agent that gives less than it is asked for is asked for the rest", async () => {
    const machine = machineWith(noise(RANGE + 1_000));
    const { read } = machine;
    machine.read = ({ offset, length }) =>
      read({ offset, length: Math.min(length, 100_000) }, machine);
    const session = await sessionWith(machine);
    expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
    expect(machine.asked.slice(0, 4)).toEqual(["0+524288", "stat", "0+524288", "100000+425288"]);
  });

  it("nothing is left out of a short file, either", async () => {
    const machine = machineWith(noise(100));
    const { read } = machine;
    machine.read = ({ offset, length }) => read({ offset, length: Math.min(length, 30) }, machine);
    const session = await sessionWith(machine);
    expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
    expect(sum(await session.readFile({ path: PATH, maxBytes: 50 }))).toBe(
      sum(machine.file.subarray(0, 50)),
    );
  });

  describe("an agent that does not read in ranges", () => {
    const unranged =
      "Error: selfhosted readFile: the agent does not read in ranges, and /workspace/f is too long for one";

    it("has the whole file taken, where it gives that", async () => {
      const machine = machineWith(noise(RANGE + 1));
      const { read } = machine;
      machine.read = () => read({ offset: 0, length: 0 }, machine);
      const session = await sessionWith(machine);
      for (const args of [{}, { maxBytes: 5 }]) {
        expect(sum(await session.readFile({ path: PATH, ...args }))).toBe(sum(machine.file));
      }
      expect(machine.asked).toEqual(["0+524288", "0+5"]);
    });

    it.each([RANGE + 1, 2 * RANGE, 2 * RANGE + 1])(
      "but gives the beginning again and again is found out: %i bytes",
      async (length) => {
        const machine = machineWith(noise(length));
        const { read } = machine;
        machine.read = ({ length }) => read({ offset: 0, length }, machine);
        const session = await sessionWith(machine);
        for (const args of [{}, { maxBytes: length + 1 }]) {
          expect(await outcomeOf(session.readFile({ path: PATH, ...args }))).toBe(unranged);
        }
      },
    );

    it("but gives the same few bytes again and again is found out", async () => {
      const machine = machineWith(noise(8));
      machine.read = () => ({ content: Uint8Array.of(1, 2), totalSize: "8" });
      const session = await sessionWith(machine);
      expect(await outcomeOf(session.readFile({ path: PATH }))).toBe(unranged);
    });

    it("but gives too much is found out", async () => {
      const machine = machineWith(noise(3 * RANGE));
      const { read } = machine;
      machine.read = () => read({ offset: 0, length: 2 * RANGE }, machine);
      const session = await sessionWith(machine);
      expect(await outcomeOf(session.readFile({ path: PATH }))).toBe(unranged);
    });
  });

  describe("a file that changes meanwhile", () => {
    const changes = "Error: selfhosted readFile: the file changes while it is read: /workspace/f";

    it.each([
      ["is replaced", () => noise(3 * RANGE)],
      ["is written to in place", (/** @type {Uint8Array} */ file) => file.fill(7, 0, 1)],
      ["grows and is another", () => noise(4 * RANGE + 5)],
      ["shrinks", (/** @type {Uint8Array} */ file) => file.subarray(0, RANGE + 5)],
      ["is emptied", () => new Uint8Array(0)],
      ["shrinks to a range", () => noise(RANGE)],
    ])("and %s once is read again", async (_what, change) => {
      for (const when of ["0+524288", "524288+524288", "1048576+524288", "1572864+1"]) {
        const machine = machineWith(noise(3 * RANGE));
        let times = 0;
        machine.meanwhile = (asked) => {
          // The very first request is for the beginning, too.
          if (asked === when && ++times === (when === "0+524288" ? 2 : 1)) {
            machine.change(change(machine.file.slice()));
          }
        };
        const session = await sessionWith(machine);
        expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
      }
    });

    it("and becomes another after the first request, is the other", async () => {
      const machine = machineWith(noise(3 * RANGE));
      machine.meanwhile = (asked) => {
        if (asked === "stat" && machine.modifiedMs === 1) machine.change(noise(3 * RANGE));
      };
      const session = await sessionWith(machine);
      machine.modifiedMs = 1;
      expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
    });

    it("again and again is refused", async () => {
      for (const length of [3 * RANGE, 0]) {
        const machine = machineWith(noise(3 * RANGE));
        const session = await sessionWith(machine);
        machine.meanwhile = (asked) => {
          if (asked !== "stat") machine.change(noise(length || machine.file.length + 1));
        };
        expect(await outcomeOf(session.readFile({ path: PATH }))).toBe(changes);
        expect(machine.asked.filter((asked) => asked === "stat")).toHaveLength(length ? 6 : 3);
      }
    });

    it("by growing is what it was", async () => {
      const machine = machineWith(noise(2 * RANGE));
      const session = await sessionWith(machine);
      const sizes = /** @type {number[]} */ ([]);
      machine.meanwhile = (asked) => {
        machine.change(joined(machine.file, noise(100)));
        if (asked === "stat") sizes.push(machine.file.length);
      };
      const bytes = await session.readFile({ path: PATH });
      expect(sum(bytes)).toBe(sum(machine.file.subarray(0, bytes.length)));
      expect(sizes).toHaveLength(2);
      expect(bytes.length).toBeGreaterThan(2 * RANGE);
      expect(bytes.length).toBeLessThan(Number(sizes.at(-1)));
      const head = await session.readFile({ path: PATH, maxBytes: RANGE + 9 });
      expect(sum(head)).toBe(sum(machine.file.subarray(0, RANGE + 9)));
    });

    it("and is gone then is not found", async () => {
      const machine = machineWith(noise(2 * RANGE));
      const session = await sessionWith(machine);
      const { respond } = machine;
      machine.respond = (request) =>
        machine.asked.length < 3
          ? respond(request)
          : {
              requestId: request.requestId,
              error: { code: 3, message: "gone", retryable: false, detail: { errno: "2" } },
              result: undefined,
            };
      const error = await session.readFile({ path: PATH }).catch((e) => e);
      expect(error).toBeInstanceOf(SelfhostedControlError);
      expect(error).toMatchObject({ message: "gone", osNotFound: true, detail: { errno: "2" } });
    });
  });

  it("a file without a size, as in /proc, is asked for as a whole", async () => {
    for (const [length, asked] of /** @type {[number, string[]][]} */ ([
      [5, ["0+524288"]],
      [RANGE, ["0+524288", "0+0"]],
      [RANGE + 5, ["0+524288", "0+0"]],
    ])) {
      const machine = machineWith(noise(length));
      const { read } = machine;
      machine.read = (range) => ({ ...read(range, machine), totalSize: "0" });
      const session = await sessionWith(machine);
      expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
      expect(machine.asked).toEqual(asked);
      machine.asked.length = 0;
      const head = await session.readFile({ path: PATH, maxBytes: RANGE + 2 });
      expect(sum(head)).toBe(sum(machine.file.subarray(0, RANGE + 2)));
      expect(machine.asked).toEqual(asked.map((range) => range.replace("0+0", "0+524290")));
    }
  });

  it("whatever an agent gives is the file, or an error", async () => {
    const file = noise(3_000);
    const anyRead = fc.record({
      most: fc.integer({ min: 1, max: 2_000 }),
      forgetsOffset: fc.boolean(),
      shift: fc.integer({ min: 0, max: 2 }),
      grows: fc.integer({ min: 0, max: 2 }),
    });
    const wanted = fc.integer({ min: 1, max: 4_000 });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRead, { maxLength: 4 }), wanted, async (reads, maxBytes) => {
        const machine = machineWith(file);
        const { read } = machine;
        let at = 0;
        machine.read = ({ offset, length }) => {
          const { most = 5_000, forgetsOffset, shift = 0, grows = 0 } = reads[at++] ?? {};
          if (grows) machine.change(joined(machine.file, file.subarray(0, grows)));
          const from = forgetsOffset ? 0 : offset;
          return read({ offset: from, length: Math.min(length, most) + shift }, machine);
        };
        const session = await sessionWith(machine);
        const bytes = await session.readFile({ path: PATH, maxBytes }).catch((e) => e);
        // One range that came with something wrong cannot be told from a right one of the same length.
        if (reads.some(({ forgetsOffset }) => forgetsOffset)) return;
        if (bytes instanceof Error) return;
        const whole = machine.file.subarray(0, Math.max(bytes.length, 0));
        expect(sum(bytes)).toBe(sum(whole));
        expect(bytes.length).toBeGreaterThanOrEqual(Math.min(maxBytes, file.length));
      }),
    );
  });
});

describe("where the server accepts only short messages", () => {
  const [MAX, LENGTH] = [65_536, 64_512];

  /** @param {ReturnType<typeof machineWith>} machine */
  function over(machine) {
    const connect = vi.fn(async () => ({
      info: { max_payload: MAX },
      /** @type {(subject: string, payload: Uint8Array) => Promise<{ data: Uint8Array }>} */
      async request(_subject, payload) {
        const data = encode(ControlResponse, machine.respond(decode(ControlRequest, payload)));
        if (data.length > MAX) throw Object.assign(new Error("TIMEOUT"), { code: "TIMEOUT" });
        return { data };
      },
    }));
    return { connect, session: sessionOver(new NatsControlRpc(connect)) };
  }

  it("a range fits in one, also in the first request", async () => {
    const machine = machineWith(noise(2 * LENGTH + 3));
    const { connect, session } = over(machine);
    for (const _ of ["first", "later"]) {
      machine.asked.length = 0;
      expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
      const ranges = machine.asked.filter((asked) => asked !== "stat");
      const [beginning, ...rest] = [`0+${LENGTH}`, `${LENGTH}+${LENGTH}`, `${2 * LENGTH}+3`];
      expect(ranges).toEqual([beginning, beginning, ...rest, `${2 * LENGTH + 3}+1`]);
    }
    expect(connect).toHaveBeenCalledOnce();
    const head = await session.readFile({ path: PATH, maxBytes: LENGTH + 1 });
    expect(sum(head)).toBe(sum(machine.file.subarray(0, LENGTH + 1)));
  });
});

it.each([
  ["fails", () => Promise.reject(new Error("refused")), "no agent responded (offline)"],
  ["gives nothing", async () => null, "no agent responded (offline)"],
  [
    "gives a closed connection",
    async () => ({ request: vi.fn(), isClosed: () => true }),
    "the connection to the NATS server is closed",
  ],
])("a dial for a reading that %s is dialled once", async (_what, dial, message) => {
  const connect = vi.fn(/** @type {() => Promise<any>} */ (dial));
  const session = sessionOver(new NatsControlRpc(connect));
  const error = await session.readFile({ path: PATH }).catch((e) => e);
  expect(error).toMatchObject({ message, neverSent: true });
  expect(connect).toHaveBeenCalledOnce();
});

it("a reading that cannot be sent directly leaves its connection as it is", async () => {
  const connect = vi.fn(async () => ({ request: vi.fn() }));
  const ids = { workspaceId: "w", agentId: "a", relay: { host: "relay.test" } };
  const epoch = /** @type {any} */ ("7");
  const session = new SelfhostedSession({
    ...{ ...ids, epoch },
    controlRpc: new NatsControlRpc(connect),
  });
  for (const _ of [1, 2]) {
    await expect(session.readFile({ path: PATH })).rejects.toThrow(TypeError);
  }
  expect(connect).toHaveBeenCalledOnce();
});

it("a reading that waits for its dial is sent again over the next one", async () => {
  const machine = machineWith(noise(5));
  const connect = vi.fn(async () => {
    if (connect.mock.calls.length === 1) throw new Error("refused");
    return {
      async request(/** @type {string} */ _subject, /** @type {Uint8Array} */ payload) {
        return { data: encode(ControlResponse, machine.respond(decode(ControlRequest, payload))) };
      },
    };
  });
  const controlRpc = new NatsControlRpc(connect);
  const events = /** @type {any[]} */ ([]);
  const session = new SelfhostedSession({
    ...{ workspaceId: "w", agentId: "a", controlRpc, relay: { host: "relay.test" } },
    ...{ retry: { baseMs: 0 }, onOp: (/** @type {any} */ event) => void events.push(event) },
  });
  expect(sum(await session.readFile({ path: PATH }))).toBe(sum(machine.file));
  expect(events).toMatchObject([
    { op: "fsRead", attempt: 1, neverSent: true },
    { op: "fsRead", attempt: 2, outcome: "ok" },
  ]);
  expect(connect).toHaveBeenCalledTimes(2);
});

it("a mock's files are read as before, whatever their length", async () => {
  const file = noise(3 * RANGE);
  const mock = new MockAgentResponder({ files: { [PATH]: file } });
  const bytes = await sessionOver(mock)
    .readFile({ path: "/tmp/../workspace/f" })
    .catch((e) => e);
  expect(bytes).toBeInstanceOf(SelfhostedControlError);
  const session = new SelfhostedSession({
    ...{ workspaceId: "w", agentId: "a", controlRpc: mock, relay: { host: "r" } },
    workingDir: "/workspace",
  });
  expect(await session.readFile({ path: PATH })).toBe(file);
  expect(mock.requests).toHaveLength(2);
});

it.each([undefined, "", "x", "-1", "1.5", null, 9n, {}, "99999999999999999999"])(
  "a size that is none, %o, is not looked at",
  async (totalSize) => {
    const content = Uint8Array.of(1, 2);
    const agent = agentWith({ fsRead: { content, totalSize } });
    const bytes = await sessionOver(agent)
      .readFile({ path: PATH })
      .catch((e) => e);
    if (totalSize === 9n) expect(bytes).toBeInstanceOf(Error);
    else expect(bytes).toBe(content);
  },
);

it.each(["abc", [1, 2], undefined, 5n])(
  "content that is no bytes is as it is: %o",
  async (content) => {
    const agent = agentWith({ fsRead: { content, totalSize: "9" } });
    expect(await sessionOver(agent).readFile({ path: PATH })).toBe(content);
    expect(agent.asked).toHaveLength(1);
  },
);

it("a file that no array can hold is an error", async () => {
  const agent = agentWith({ fsRead: { content: Uint8Array.of(1), totalSize: `${2 ** 60}` } });
  // The engine's own, whose class may be of another realm.
  const reading = sessionOver(agent).readFile({ path: PATH });
  await expect(reading).rejects.toMatchObject({ name: "RangeError" });
});
