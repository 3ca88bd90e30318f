// Fails where the tests run on another runtime or in another pool than expected.
import assert from "node:assert/strict";
import { isMainThread } from "node:worker_threads";
import { RUNTIME } from "./this.js";

// A worker in a context of its own has its own `Object`, of which `process` is no instance.
const inContext = !(process instanceof Object);
const pool = isMainThread ? "forks" : inContext ? "vmThreads" : "threads";

assert.equal(RUNTIME, process.env["EXPECTED_RUNTIME"]);
assert.equal(pool, process.env["EXPECTED_POOL"]);
