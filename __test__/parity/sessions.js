// Sessions of every shape that callers have, scripted.
import { vi } from "vitest";
import { CALL_MS, Token } from "./run.js";

/**
 * @typedef {import("./run.js").Event} Event
 * @typedef {(text: string) => any} Shape How a provider puts what a command printed.
 * @typedef {(cmd: string) => string} Box What the box prints for a command.
 */

/** @param {string} text */
const banner = (text) =>
  `Chunk ID: 1f2e3d\nWall time: 0.0120 seconds\nProcess exited with code 0\nOutput:\n${text}`;

/** @type {Record<string, Shape>} */
export const SHAPES = {
  output: (text) => ({ output: text }),
  "output and exit code": (text) => ({ output: text, exitCode: 0, wallTimeSeconds: 0.01 }),
  stdout: (text) => ({ stdout: text, stderr: "" }),
  "a string": (text) => text,
  "a string with a banner": banner,
  "an output with a banner": (text) => ({ output: banner(text) }),
  "an output among other types": (text) => ({ output: text, stdout: 5, stderr: null }),
  "getters on a prototype": (text) =>
    new (class {
      get output() {
        return text;
      }
    })(),
};

/** @type {Record<string, (value: any) => any>} */
export const DELIVERIES = {
  "a promise": async (value) => value,
  "a plain value": (value) => value,
  "a thenable": (value) => ({
    /** @param {(value: any) => void} resolve */
    then(resolve) {
      resolve(value);
    },
  }),
};

export const THROWABLES = {
  error: new Error("box is gone"),
  token: new Token("token"),
  string: "box is gone",
  null: null,
  undefined: undefined,
  zero: 0,
  frozen: Object.freeze(new Token("frozen")),
};

/** @type {Record<string, (value: any) => any>} */
export const THROWS = {
  synchronously: (value) => {
    throw value;
  },
  "by rejecting": async (value) => {
    throw value;
  },
  "by a rejecting thenable": (value) => ({
    /**
     * @param {unknown} _
     * @param {(value: any) => void} reject
     */
    then(_, reject) {
      reject(value);
    },
  }),
  "in a getter of the result": async (value) => ({
    get output() {
      throw value;
    },
  }),
};

/**
 * A session with these methods. Look-ups of the two methods and calls are logged.
 *
 * @param {Event[]} log
 * @param {string[]} methods
 * @param {(cmd: string, method: string) => any} answer
 */
export function session(log, methods, answer) {
  /** @type {any} */
  const target = {};
  for (const method of methods) {
    /** @param {any[]} args */
    target[method] = function (...args) {
      log.push({ call: method, args: structuredClone(args), onSession: this === proxy });
      vi.advanceTimersByTime(CALL_MS);
      return answer(args[0].cmd, method);
    };
  }
  const proxy = new Proxy(target, {
    get(object, key, receiver) {
      if (key === "exec" || key === "execCommand") log.push({ get: key });
      return Reflect.get(object, key, receiver);
    },
  });
  return proxy;
}
