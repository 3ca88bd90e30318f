import { ask, inquire } from "./driver.js";

/**
 * @typedef {import("../index.js").CapabilityDescriptor} CapabilityDescriptor
 * @typedef {import("../index.js").NegotiationContext} NegotiationContext
 * @typedef {import("../index.js").SandboxBackend} SandboxBackend
 * @typedef {import("../index.js").SandboxOs} SandboxOs
 * @typedef {import("../index.js").SelfhostedEnrollment} SelfhostedEnrollment
 * @typedef {import("../index.js").SelfhostedLivenessState} SelfhostedLivenessState
 * @typedef {import("../index.js").SelfhostedNegotiationInput} SelfhostedNegotiationInput
 * @typedef {import("../index.js").SessionCapabilities} SessionCapabilities
 */

export const { SELFHOSTED_RECONNECT_WINDOW_MS, TERMINAL_STREAM_PORT } = ask("constants");

/**
 * The table of backends. Callers may change it: each question reads the object as it is then.
 *
 * @type {Record<SandboxBackend, CapabilityDescriptor>}
 */
export const CAPABILITY_DESCRIPTORS = ask("capabilityDescriptors");

export function assertDescriptorRegistryInvariants() {
  const violation = inquire("descriptorRegistryViolation", CAPABILITY_DESCRIPTORS);
  if (violation !== null) {
    throw new Error(violation);
  }
}

/**
 * Returns the row of a backend. An inherited property, such as `toString`, is no row.
 *
 * @param {string} backend
 * @returns {CapabilityDescriptor | undefined}
 */
function rowOf(backend) {
  return Object.hasOwn(CAPABILITY_DESCRIPTORS, backend)
    ? CAPABILITY_DESCRIPTORS[/** @type {SandboxBackend} */ (backend)]
    : undefined;
}

/**
 * @param {SandboxBackend} backend
 * @returns {CapabilityDescriptor}
 */
export function selectBackend(backend) {
  const descriptor = rowOf(backend);
  if (!descriptor) {
    throw new Error(inquire("unknownBackend", backend));
  }
  return descriptor;
}

/**
 * @param {CapabilityDescriptor} descriptor
 * @param {SandboxOs} os
 * @returns {boolean}
 */
export function backendSupportsOs(descriptor, os) {
  return inquire("backendSupportsOs", descriptor, os);
}

/**
 * @param {string} idOrBackend
 * @returns {boolean}
 */
export function desktopCapableBackend(idOrBackend) {
  return inquire("desktopCapableBackend", rowOf(idOrBackend), clients(), idOrBackend);
}

/**
 * Returns the rows with what their clients are called. A row that cannot be read is left out: a caller may
 * have added it.
 */
function clients() {
  return Object.keys(CAPABILITY_DESCRIPTORS).flatMap((backend) => {
    try {
      const row = CAPABILITY_DESCRIPTORS[/** @type {SandboxBackend} */ (backend)];
      return [{ backendId: row.backendId, row }];
    } catch {
      return [];
    }
  });
}

/**
 * @param {NegotiationContext} ctx
 * @returns {SessionCapabilities}
 */
export function negotiateCapabilities(ctx) {
  const { backend, os, liveness, terminalStream, desktopStream, sharedSessionIds } = ctx;
  const now = ctx.now ?? new Date();
  const { cells, terminalAddress, desktopAddress } = inquire(
    "negotiateCapabilities",
    selectBackend(backend),
    ctx,
    now,
  );
  cells.ComputerUse.readOnly = ctx.computerUseReadOnly ?? cells.ComputerUse.readOnly;
  if (terminalAddress && terminalStream) {
    const { url, token, expiresAt } = terminalStream;
    Object.assign(cells.Terminal, { url, token, expiresAt });
  }
  if (desktopAddress && desktopStream) {
    const { url, token, expiresAt, resolution } = desktopStream;
    Object.assign(cells.DesktopStream, { url, token, expiresAt, resolution });
  }
  return framed(ctx, { backend, os, liveness }, cells, sharedSessionIds, now);
}

/**
 * @param {{ enrollment: SelfhostedEnrollment | null, probeResponded: boolean, now?: Date }} input
 * @returns {SelfhostedLivenessState}
 */
export function selfhostedLiveness({ enrollment, probeResponded, now = new Date() }) {
  return inquire("selfhostedLiveness", { enrollment: seen(enrollment), probeResponded, now });
}

/**
 * @param {SelfhostedNegotiationInput} input
 * @returns {Promise<SessionCapabilities>}
 */
export async function negotiateSelfhostedCapabilities(input) {
  const { session, os = "linux", sharedSessionIds } = input;
  const enrollment = seen(input.enrollment);
  const probeResponded = input.probeResponded ?? (await session?.ping()) ?? false;
  const now = input.now ?? new Date();
  const backend = "selfhosted";
  const machine = { enrollment, probeResponded, now, os };
  const { liveness, cells } = inquire(
    "negotiateSelfhostedCapabilities",
    selectBackend(backend),
    input,
    machine,
  );
  return framed(input, { backend, os, liveness }, cells, sharedSessionIds, now);
}

/**
 * Returns the document: the core's cells with the caller's ids, sessions and time.
 *
 * @param {{ sessionId: string, leaseEpoch: number }} ids
 * @param {Pick<SessionCapabilities, "backend" | "os" | "liveness">} box
 * @param {Omit<SessionCapabilities, "sessionId" | "backend" | "os" | "liveness" | "leaseEpoch" | "negotiatedAt">} cells
 * @param {string[] | undefined} sharedSessionIds
 * @param {Date} now
 * @returns {SessionCapabilities}
 */
function framed({ sessionId, leaseEpoch }, box, cells, sharedSessionIds, now) {
  const { DesktopStream } = cells;
  if (DesktopStream.shared) {
    DesktopStream.sharedSessionIds = sharedSessionIds ?? DesktopStream.sharedSessionIds;
  }
  return { sessionId, ...box, leaseEpoch, ...cells, negotiatedAt: now.toISOString() };
}

/**
 * Returns the fields of an enrollment, with `lastSeenAt` in milliseconds since the Unix epoch. The engine
 * parses it, since only `Date` accepts exactly what `Date` accepts. A value that `Date` refuses stays as it
 * is, and the core names it in the error.
 *
 * @param {SelfhostedEnrollment | null} enrollment
 */
function seen(enrollment) {
  if (!enrollment) return enrollment;
  const { status, exposure, allowScreenControl, hasDisplay, lastSeenAt } = enrollment;
  return {
    ...{ status, exposure, allowScreenControl, hasDisplay },
    lastSeenAt: lastSeenAt ? time(lastSeenAt) : undefined,
  };
}

/** @param {string} value */
function time(value) {
  try {
    return new Date(value).getTime();
  } catch {
    return value;
  }
}
