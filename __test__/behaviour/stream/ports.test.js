import { afterEach, describe, expect, it, vi } from "vitest";
import {
  StreamPortUnavailableError,
  buildStreamUrl,
  exposeStreamPort,
  verifyStreamToken,
} from "../../../index.js";
import { rowsOf } from "../../support/table.js";
import { VIEWER, saidBy } from "../../support/tokens.js";

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
const INPUT = { ...VIEWER, streamTokenSecret: "s", nowSeconds: 1_700_000_000 };
const ENDPOINT = { host: "h", port: 6080, tls: true, query: "q=1" };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the address of a stream", () => {
  it.each(rowsOf("stream-urls"))("is as the table has it: %j", (row) => {
    const { url, host, port, ...more } = row;
    expect(buildStreamUrl({ ...more, host, port: Number(port) })).toBe(url);
  });

  it.each([
    [{ host: "h", port: 80 }, "ws://h/"],
    [{ host: "h", port: 443, tls: null }, "ws://h:443/"],
    [{ host: "h", port: 443, tls: 1 }, "wss://h/"],
    [{ host: "h", port: 1, path: 5 }, "ws://h:1/"],
    [{ host: "h", port: 80, url: "wss://other", protocol: "pty", token: "t" }, "ws://h/"],
  ])("%j is %s", (endpoint, url) => {
    expect(buildStreamUrl(/** @type {any} */ (endpoint))).toBe(url);
  });

  it.each([
    [{ host: "h", port: "6080" }, "host=h, port=6080"],
    [{ port: 1 }, "host=undefined, port=1"],
    [{ host: "", port: 1 }, "host=, port=1"],
  ])("%j is malformed", (endpoint, what) => {
    const build = () => buildStreamUrl(/** @type {any} */ (endpoint));
    expect(build).toThrow(StreamPortUnavailableError);
    expect(build).toThrow(`provider returned a malformed exposed-port endpoint (${what})`);
  });

  it.each([[null], [undefined]])("%s is a TypeError", (endpoint) => {
    expect(() => buildStreamUrl(/** @type {any} */ (endpoint))).toThrow(TypeError);
  });

  it("may be refused by callers in the same way", () => {
    const cause = new Error("c");
    const error = new StreamPortUnavailableError("m", cause);
    expect(error).toMatchObject({ name: "StreamPortUnavailableError", message: "m", cause });
    expect(new StreamPortUnavailableError("m").cause).toBeUndefined();
  });
});

describe("a port that is exposed", () => {
  /** @param {unknown} endpoint */
  const sessionAt = (endpoint) => ({
    /** @type {unknown[][]} */
    calls: [],
    /** @param {unknown[]} args */
    async resolveExposedPort(...args) {
      this.calls.push(args);
      return endpoint;
    },
  });

  it("has an address and a token to watch", async () => {
    const session = sessionAt(ENDPOINT);
    const exposed = await exposeStreamPort(session, INPUT);
    expect(session.calls).toEqual([[6080]]);
    expect(exposed).toEqual({
      url: "wss://h:6080/?q=1",
      token: expect.stringMatching(/^ogs_/),
      expiresAt: "2023-11-14T22:15:20.000Z",
      transport: "vnc-ws",
      client: "novnc",
      resolution: [1280, 800],
      leaseEpoch: 3,
    });
    expect(Object.keys(exposed).join()).toBe(
      "url,token,expiresAt,transport,client,resolution,leaseEpoch",
    );
    const claims = { ...VIEWER, mode: "view", port: 6080, exp: 1_700_000_120 };
    expect(await verifyStreamToken("s", exposed.token, 0)).toEqual(claims);
    expect(JSON.stringify(exposed)).not.toContain(`"s"`);
  });

  it("is the one that is asked for, with the caller's own values", async () => {
    const session = sessionAt({ host: "h", port: 7681 });
    /** @type {[number, number]} */
    const resolution = [1024, 768];
    const input = { ...INPUT, port: 7681, ttlSeconds: 5, resolution, mode: "control" };
    const exposed = await exposeStreamPort(session, input);
    expect(session.calls).toEqual([[7681]]);
    expect(exposed.resolution).toBe(resolution);
    expect(exposed).toMatchObject({ transport: "vnc-ws", client: "novnc" });
    expect(exposed.expiresAt).toBe("2023-11-14T22:13:25.000Z");
    expect(JSON.parse(saidBy(exposed.token))).toMatchObject({ port: 7681, mode: "view" });
  });

  it("is valid from now on where nobody says since when", async () => {
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_999);
    const nothing = { port: null, ttlSeconds: null, resolution: null, nowSeconds: null };
    const exposed = await exposeStreamPort(sessionAt(ENDPOINT), any({ ...INPUT, ...nothing }));
    expect(exposed.expiresAt).toBe("2023-11-14T22:15:20.000Z");
    expect(exposed.resolution).toEqual([1280, 800]);
    expect(JSON.parse(saidBy(exposed.token))).toMatchObject({ exp: 1_700_000_120 });
  });

  it.each([[undefined], [null], [{}], [{ resolveExposedPort: 1 }]])(
    "needs a session that tells: %j",
    async (session) => {
      const error = await exposeStreamPort(session, INPUT).catch((error) => error);
      expect(error).toBeInstanceOf(StreamPortUnavailableError);
      expect(error.message).toBe(
        "provider session cannot resolve exposed ports (no resolveExposedPort) — desktop stream unavailable",
      );
      expect(error.cause).toBeUndefined();
    },
  );

  it.each([
    [new Error("no tunnel"), "no tunnel"],
    [new TypeError(""), ""],
    ["a text", "a text"],
    [undefined, "undefined"],
    [{ message: "m" }, "[object Object]"],
  ])("has what the session threw for its cause: %o", async (cause, said) => {
    const failing = async () => {
      throw cause;
    };
    for (const resolveExposedPort of [
      failing,
      () => {
        throw cause;
      },
    ]) {
      const exposing = exposeStreamPort({ resolveExposedPort }, { ...INPUT, port: 7 });
      const error = await exposing.catch((error) => error);
      expect(error).toBeInstanceOf(StreamPortUnavailableError);
      expect(error.message).toBe(`provider failed to resolve the stream port 7: ${said}`);
      expect(error.cause).toBe(cause);
    }
  });

  it("has an endpoint with host and port", async () => {
    await expect(exposeStreamPort(sessionAt({ host: "h" }), INPUT)).rejects.toThrow(
      new StreamPortUnavailableError(
        "provider returned a malformed exposed-port endpoint (host=h, port=undefined)",
      ),
    );
    for (const nothing of [null, undefined]) {
      await expect(exposeStreamPort(sessionAt(nothing), INPUT)).rejects.toThrow(
        new TypeError("endpoint must be an object, got nothing"),
      );
    }
  });

  it("hands on what a getter of the endpoint throws", async () => {
    const thrown = new Error("mine");
    const endpoint = {
      get host() {
        throw thrown;
      },
    };
    await expect(exposeStreamPort(sessionAt(endpoint), INPUT)).rejects.toBe(thrown);
    const session = {
      get resolveExposedPort() {
        throw thrown;
      },
    };
    await expect(exposeStreamPort(session, INPUT)).rejects.toBe(thrown);
  });

  it("needs claims and a secret, after all that", async () => {
    const session = sessionAt(ENDPOINT);
    const bad = { ...INPUT, leaseEpoch: -1 };
    await expect(exposeStreamPort({}, bad)).rejects.toThrow(StreamPortUnavailableError);
    await expect(exposeStreamPort(session, bad)).rejects.toMatchObject({
      name: "ZodError",
      issues: [{ path: ["leaseEpoch"], message: "Too small: expected number to be >=0" }],
    });
    await expect(exposeStreamPort(session, any({ ...INPUT, port: "6080" }))).rejects.toMatchObject({
      name: "ZodError",
      issues: [{ path: ["port"], message: "Invalid input: expected number, received string" }],
    });
    await expect(
      exposeStreamPort(session, { ...INPUT, streamTokenSecret: "" }),
    ).rejects.toMatchObject({ name: "DataError" });
    expect(session.calls).toEqual([[6080], ["6080"], [6080]]);
  });

  it("is not asked for without an input or a secret that is a text", async () => {
    const session = sessionAt(ENDPOINT);
    await expect(exposeStreamPort(session, any(undefined))).rejects.toThrow(
      new TypeError("input must be an object, got nothing"),
    );
    await expect(
      exposeStreamPort(session, any({ ...INPUT, streamTokenSecret: 271_828 })),
    ).rejects.toThrow(
      new TypeError("streamTokenSecret must be a string, got a value of type number"),
    );
    expect(session.calls).toEqual([]);
  });

  it("is resolved on the session itself, once, though it is a proxy", async () => {
    const target = sessionAt(ENDPOINT);
    const session = new Proxy(target, {
      get: (object, name) => Reflect.get(object, name, object),
    });
    await exposeStreamPort(session, INPUT);
    expect(target.calls).toEqual([[6080]]);
  });
});
