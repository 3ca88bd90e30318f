import { describe, expect, it } from "vitest";
import {
  SelfhostedControlError,
  SelfhostedExecTimeoutError,
  agentErrorToControlError,
  offlineAgentError,
  offlineControlResponse,
  subjectFor,
  timeoutAgentError,
  timeoutControlResponse,
} from "../../../index.js";
import { rowsOf } from "../../support/table.js";

/** Fields of an error that are its own, and can be seen. */
const fields = (/** @type {object} */ error) => ({ ...error });

const FLAGS = {
  fenced: false,
  draining: false,
  agentOffline: false,
  osNotFound: false,
  neverSent: false,
  payloadTooLarge: false,
};

describe("an agent's error", () => {
  it.each(rowsOf("control-errors"))("means what the table says: %j", (row) => {
    const { code, retryable, ...meaning } = row;
    for (const given of [false, true]) {
      const error = agentErrorToControlError({
        code,
        message: "m",
        retryable: given,
        detail: { k: "v" },
      });
      expect(error).toBeInstanceOf(SelfhostedControlError);
      expect(error).toBeInstanceOf(Error);
      expect(error.message).toBe("m");
      expect(fields(error)).toEqual({
        name: "SelfhostedControlError",
        code,
        reason: null,
        ...FLAGS,
        ...meaning,
        retryable: retryable ?? given,
        detail: { k: "v" },
      });
    }
  });

  it.each([0, 3, 5, 9, 10, 77])("without a message names its code: %i", (code) => {
    const error = agentErrorToControlError({ code, message: "", retryable: false, detail: {} });
    expect(error.message).toBe(`agent error (${code})`);
  });

  it("has a code of any kind, as it came", () => {
    const code = /** @type {any} */ (Symbol("code"));
    const error = agentErrorToControlError({ code, message: "", retryable: true, detail: {} });
    expect(error).toMatchObject({ code, message: "agent error (NaN)", retryable: true });
  });

  it("keeps its detail, or has an empty one", () => {
    const detail = { errno: "2" };
    const agentError = { code: 3, message: "m", retryable: true, detail };
    expect(agentErrorToControlError(agentError).detail).toBe(detail);
    const bare = /** @type {any} */ ({ code: 3, message: "m", retryable: 1 });
    expect(agentErrorToControlError(bare)).toMatchObject({ detail: {}, retryable: true });
  });
});

it("a control error that a caller makes has defaults", () => {
  const given = { message: "m", code: 7, reason: null, retryable: false };
  const error = new SelfhostedControlError(given);
  expect(error.message).toBe("m");
  expect(fields(error)).toEqual({
    name: "SelfhostedControlError",
    code: 7,
    reason: null,
    retryable: false,
    ...FLAGS,
    detail: {},
  });
  const timeout = new SelfhostedExecTimeoutError({ ...given, mayBeRunning: true });
  expect(timeout).toBeInstanceOf(SelfhostedControlError);
  expect(timeout).toMatchObject({ name: "SelfhostedExecTimeoutError", mayBeRunning: true });
});

describe("errors in an agent's name", () => {
  const offline = {
    code: 9,
    message: "no agent responded (offline)",
    retryable: false,
    detail: {},
  };
  const timeout = {
    code: 5,
    message: "the agent did not respond in time",
    retryable: true,
    detail: {},
  };

  it("are told", () => {
    expect(offlineAgentError()).toStrictEqual(offline);
    expect(timeoutAgentError()).toStrictEqual(timeout);
    expect(offlineAgentError("gone")).toStrictEqual({ ...offline, message: "gone" });
    expect(timeoutAgentError("")).toStrictEqual({ ...timeout, message: "" });
  });

  it("are responses, with a result that is not there", () => {
    const response = offlineControlResponse("r1");
    expect(response).toStrictEqual({ requestId: "r1", error: offline, result: undefined });
    expect(Object.keys(response)).toContain("result");
    const late = timeoutControlResponse("r2");
    expect(late).toStrictEqual({ requestId: "r2", error: timeout, result: undefined });
  });

  it("are made anew each time", () => {
    expect(offlineAgentError().detail).not.toBe(offlineAgentError().detail);
  });
});

it("a control error has the cause that it is given", () => {
  const given = { message: "m", code: 7, reason: null, retryable: false };
  const cause = new Error("c");
  expect(new SelfhostedControlError({ ...given, cause }).cause).toBe(cause);
  const timeout = new SelfhostedExecTimeoutError({ ...given, mayBeRunning: true, cause });
  expect(timeout.cause).toBe(cause);
  expect(new SelfhostedControlError({ ...given, cause: undefined })).toHaveProperty("cause");
  expect(new SelfhostedControlError(given)).not.toHaveProperty("cause");
});

it("an agent is addressed by its workspace and its id", () => {
  expect(subjectFor("w", "a")).toBe("agent.w.a.rpc");
  expect(subjectFor("w-1", "a/1")).toBe("agent.w-1.a/1.rpc");
  const longest = "é".repeat(128);
  expect(subjectFor(longest, longest)).toBe(`agent.${longest}.${longest}.rpc`);
});

const LONG = ["a".repeat(257), "é".repeat(129)];
it.each([
  ...["", " ", "a 1", "a.b", "*", ">", "a>", "a\r\nPUB x 0", "a\0", "\u2028", "\ufeff"],
  ...LONG,
])("an id that is not one token is named: %j", (id) => {
  const no = (/** @type {string} */ field) =>
    `${field} must be one token of a NATS subject: not empty, of 256 bytes at most, without white space, control characters, ".", "*" and ">", got `;
  expect(() => subjectFor(id, "a")).toThrow(TypeError);
  expect(() => subjectFor(id, "a")).toThrow(no("workspaceId"));
  expect(() => subjectFor("w", id)).toThrow(TypeError);
  expect(() => subjectFor("w", id)).toThrow(no("agentId"));
});

it("an agent whose address would be another's is named", () => {
  const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
  const ill = "must be a string, got a value of type ill-formed string";
  expect(() => subjectFor("\ud800", "a")).toThrow(new TypeError(`workspaceId ${ill}`));
  expect(() => subjectFor("w", "\udc00")).toThrow(new TypeError(`agentId ${ill}`));
  expect(() => subjectFor(any(Symbol("w")), "a")).toThrow(
    new TypeError("workspaceId must be a string, got a value of type symbol"),
  );
  for (const [id, got] of [
    [5, "5"],
    [NaN, "NaN"],
    [null, "nothing"],
    [undefined, "nothing"],
    [{}, "a value of type object"],
  ]) {
    const refusal = new TypeError(`agentId must be a string, got ${got}`);
    expect(() => subjectFor("w", any(id))).toThrow(refusal);
  }
});
