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
 * The caller's table as much as the core's: what is asked of it is asked of the object as it stands.
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
 * The row of a backend. What the table inherits, such as `toString`, is none.
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
  const rows = Object.values(CAPABILITY_DESCRIPTORS);
  return inquire("desktopCapableBackend", rowOf(idOrBackend), rows, idOrBackend);
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
 * The document: the core's cells, and around and in them what is the caller's own.
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
 * An enrollment, with the time of the last sight in milliseconds: only the engine reads all that
 * `Date` does. What it does not take for one stays as it is, and no time is none.
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
