// Fails where the tests do not run on the runtime and in the pool that they are meant to.
import assert from "node:assert/strict";
import { isMainThread } from "node:worker_threads";
import { RUNTIME } from "./this.js";

// A worker in a context of its own has an `Object` of its own, which the process is no instance of.
const inContext = !(process instanceof Object);
const pool = isMainThread ? "forks" : inContext ? "vmThreads" : "threads";

assert.equal(RUNTIME, process.env["EXPECTED_RUNTIME"]);
assert.equal(pool, process.env["EXPECTED_POOL"]);
