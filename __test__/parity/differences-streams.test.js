// The differences of streams and of the servers behind them. The old side is the rule that the rows
// state, re-enacted.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect } from "vitest";
import * as z from "zod";
import {
  DEFAULT_DESKTOP_GEOMETRY,
  StreamTokenPayload,
  buildDisplayStackScript,
  buildStreamUrl,
  buildTerminalServerScript,
  ensureDisplayStack,
  exposeStreamPort,
  mintStreamToken,
  verifyStreamToken,
} from "../../index.js";
import { VIEWER, signed } from "../support/tokens.js";
import { difference, everyRowIsShown } from "./sides.js";

const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);

/** @param {() => unknown} run */
async function outcomeOf(run) {
  try {
    return await run();
  } catch (error) {
    return String(error);
  }
}

const folder = mkdtempSync(path.join(tmpdir(), "og-launch-"));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Whether a command that is built of a port does what stands in the port.
 *
 * @param {(port: any) => string} build
 */
function runsWhatThePortSays(build) {
  const file = path.join(folder, "injected");
  return outcomeOf(() => {
    const cmd = build(`1; touch '${file}'; exit;`);
    execFileSync("sh", ["-c", cmd], { stdio: "ignore", env: { PATH: process.env["PATH"] } });
    const isThere = existsSync(file);
    rmSync(file, { force: true });
    return isThere;
  });
}

difference(
  "T1",
  "what a port says is run by no shell, for a terminal",
  {
    old: () => runsWhatThePortSays((port) => `true && env TERMINAL_PORT=${port} true`),
    new: () => runsWhatThePortSays((port) => buildTerminalServerScript({ port })),
  },
  {
    old: true,
    new: expect.stringMatching(/^TypeError: port must be a finite number, got "1; touch/),
  },
);
difference(
  "T1",
  "nor for a desktop",
  {
    old: () => runsWhatThePortSays((port) => `if nc -z 127.0.0.1 ${port} >/dev/null; then :; fi`),
    new: () => runsWhatThePortSays((port) => buildDisplayStackScript({ port })),
  },
  {
    old: true,
    new: expect.stringMatching(/^TypeError: port must be a finite number, got "1; touch/),
  },
);
difference(
  "T1",
  "and a size that is no number reaches no box",
  {
    old: () => `DESKTOP_W=${undefined} DESKTOP_H=${Number.NaN}`,
    new: () => outcomeOf(() => buildDisplayStackScript({ geometry: any({ height: Number.NaN }) })),
  },
  {
    old: "DESKTOP_W=undefined DESKTOP_H=NaN",
    new: "TypeError: geometry.width must be a finite number, got nothing",
  },
);

/** A launch as it hands out its default. */
const shared = { width: 1280, height: 800, dpi: 96 };
const up = { exec: async () => ({ exitCode: 0 }) };
/**
 * The default width, after a caller has changed a result.
 *
 * @param {() => Promise<{ geometry: { width: number } }>} launch
 */
async function widthAfterAChange(launch) {
  (await launch()).geometry.width = 1;
  return (await launch()).geometry.width;
}
difference(
  "T2",
  "a geometry that is changed changes no other",
  {
    old: () => widthAfterAChange(async () => ({ geometry: shared })),
    new: () => widthAfterAChange(() => ensureDisplayStack(up)),
  },
  { old: 1, new: 1280 },
);
const sharedResolution = [1280, 800];
const there = { resolveExposedPort: async () => ({ host: "h", port: 1 }) };
/** @param {() => Promise<{ resolution: number[] }>} expose */
async function resolutionAfterAChange(expose) {
  (await expose()).resolution[0] = 1;
  return (await expose()).resolution[0];
}
difference(
  "T2",
  "nor does a resolution",
  {
    old: () => resolutionAfterAChange(async () => ({ resolution: sharedResolution })),
    new: () =>
      resolutionAfterAChange(() => exposeStreamPort(there, { ...VIEWER, streamTokenSecret: "s" })),
  },
  { old: 1, new: 1280 },
);
difference(
  "T2",
  "and the constant cannot be changed",
  {
    old: () => Object.isFrozen({ ...shared }),
    new: () => Object.isFrozen(DEFAULT_DESKTOP_GEOMETRY),
  },
  { old: false, new: true },
);

const CLAIMS = { ...VIEWER, mode: "view", port: 6080, exp: 10 };
/** The check of a token that expired long ago, as a comparison that nothing is greater by. */
const oldCheck = (/** @type {any} */ now) => (CLAIMS.exp < now ? null : CLAIMS);
const newCheck = (/** @type {any} */ now) =>
  outcomeOf(() => verifyStreamToken("s", signed("s", JSON.stringify(CLAIMS)), now));
difference(
  "T3",
  "NaN makes no token valid for ever",
  { old: () => oldCheck(Number.NaN), new: () => newCheck(Number.NaN) },
  { old: CLAIMS, new: "RangeError: nowSeconds must be a number of seconds, got NaN" },
);
difference(
  "T3",
  "nor does null, which is now",
  { old: () => oldCheck(null), new: () => newCheck(null) },
  { old: CLAIMS, new: null },
);
difference(
  "T3",
  "nor does a text",
  { old: () => oldCheck("soon"), new: () => newCheck("soon") },
  { old: CLAIMS, new: 'TypeError: nowSeconds must be a number of seconds, got "soon"' },
);

difference(
  "T4",
  "a secret that is no text is no key",
  {
    old: () => new TextDecoder().decode(new TextEncoder().encode(any(null))),
    new: () => outcomeOf(() => mintStreamToken(any(null), VIEWER)),
  },
  { old: "null", new: "TypeError: secret must be a string, got nothing" },
);
difference(
  "T4",
  "a token that is no text is named",
  {
    old: () => outcomeOf(() => any(undefined).startsWith("ogs_")),
    new: () => outcomeOf(() => verifyStreamToken("s", any(undefined))),
  },
  {
    old: expect.stringMatching(/^TypeError: /),
    new: "TypeError: token must be a string, got nothing",
  },
);
difference(
  "T4",
  "so is an endpoint that is none",
  {
    old: () => outcomeOf(() => any(null).host),
    new: () => outcomeOf(() => buildStreamUrl(any(null))),
  },
  {
    old: expect.stringMatching(/^TypeError: Cannot read properties of null/),
    new: "TypeError: endpoint must be an object, got nothing",
  },
);

difference(
  "T5",
  "a time that is none is not passed on",
  {
    old: () => ({ yieldTimeMs: any("soon") }).yieldTimeMs,
    new: () => outcomeOf(() => ensureDisplayStack(up, { timeoutMs: any("soon") })),
  },
  { old: "soon", new: 'TypeError: timeoutMs must be a number of milliseconds, got "soon"' },
);

/** @param {{ safeParse(value: unknown): { error?: any } }} schema */
function refusedBy(schema) {
  const { error } = schema.safeParse({});
  const { name, issues, flatten } = error;
  const isZods = error instanceof z.ZodError;
  return { name, first: issues[0].message, isZods, flatten: typeof flatten };
}
const first = "Invalid input: expected string, received undefined";
difference(
  "T6",
  "the error has zod's name and issues, and is not of zod's class",
  {
    old: () => refusedBy(z.object({ workspaceId: z.uuid() })),
    new: () => refusedBy(StreamTokenPayload),
  },
  {
    old: { name: "ZodError", first, isZods: true, flatten: "function" },
    new: { name: "ZodError", first, isZods: false, flatten: "undefined" },
  },
);

everyRowIsShown(/^T/);
