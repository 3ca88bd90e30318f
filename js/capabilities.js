import core from "../native.js";

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

export const { SELFHOSTED_RECONNECT_WINDOW_MS, TERMINAL_STREAM_PORT } = core;

/**
 * The caller's table as much as the core's: what is asked of it is asked of the object as it stands.
 *
 * @type {Record<SandboxBackend, CapabilityDescriptor>}
 */
export const CAPABILITY_DESCRIPTORS = JSON.parse(core.capabilityDescriptors());

/** The table's entries, for the core. */
function entries() {
  return JSON.stringify(Object.entries(CAPABILITY_DESCRIPTORS));
}

export function assertDescriptorRegistryInvariants() {
  const violation = core.descriptorRegistryViolation(entries());
  if (violation !== null) {
    throw new Error(violation);
  }
}

/**
 * @param {SandboxBackend} backend
 * @returns {CapabilityDescriptor}
 */
export function selectBackend(backend) {
  // What the table inherits, such as `toString`, is no row.
  const descriptor = Object.hasOwn(CAPABILITY_DESCRIPTORS, backend)
    ? CAPABILITY_DESCRIPTORS[backend]
    : undefined;
  if (!descriptor) {
    throw new Error(core.unknownBackend(`${backend}`));
  }
  return descriptor;
}

/**
 * @param {CapabilityDescriptor} descriptor
 * @param {SandboxOs} os
 * @returns {boolean}
 */
export function backendSupportsOs(descriptor, os) {
  return core.backendSupportsOs([...descriptor.os.supported], `${os}`);
}

/**
 * @param {string} idOrBackend
 * @returns {boolean}
 */
export function desktopCapableBackend(idOrBackend) {
  return core.desktopCapableBackend(entries(), `${idOrBackend}`);
}

/**
 * @param {NegotiationContext} ctx
 * @returns {SessionCapabilities}
 */
export function negotiateCapabilities(ctx) {
  const { backend, os, liveness, terminalStream, desktopStream, sharedSessionIds } = ctx;
  const context = {
    backend: `${backend}`,
    os: `${os}`,
    liveness: `${liveness}`,
    desktopEnabled: Boolean(ctx.desktopEnabled),
    desktopInteractive: flag(ctx.desktopInteractive),
    computerUseEnabled: flag(ctx.computerUseEnabled),
    computerUseReadOnly: Boolean(ctx.computerUseReadOnly),
    streamTokenSecretAvailable: flag(ctx.streamTokenSecretAvailable),
    desktopAcknowledged: Boolean(ctx.desktopAcknowledged),
    shared: Boolean(ctx.shared),
    desktopStream: Boolean(desktopStream),
    terminalEnabled: flag(ctx.terminalEnabled),
    terminalStream: Boolean(terminalStream),
  };
  const { cells, terminalAddress, desktopAddress } = JSON.parse(
    core.negotiateCapabilities(JSON.stringify(selectBackend(backend)), JSON.stringify(context)),
  );
  if (terminalAddress && terminalStream) {
    const { url, token, expiresAt } = terminalStream;
    Object.assign(cells.Terminal, { url, token, expiresAt });
  }
  if (desktopAddress && desktopStream) {
    const { url, token, expiresAt, resolution } = desktopStream;
    Object.assign(cells.DesktopStream, { url, token, expiresAt, resolution });
  }
  return framed(ctx, { backend, os, liveness }, cells, sharedSessionIds, ctx.now ?? new Date());
}

/**
 * @param {{ enrollment: SelfhostedEnrollment | null, probeResponded: boolean, now?: Date }} input
 * @returns {SelfhostedLivenessState}
 */
export function selfhostedLiveness({ enrollment, probeResponded, now = new Date() }) {
  return JSON.parse(
    core.selfhostedLiveness(JSON.stringify(machine(enrollment, probeResponded, now))),
  );
}

/**
 * @param {SelfhostedNegotiationInput} input
 * @returns {Promise<SessionCapabilities>}
 */
export async function negotiateSelfhostedCapabilities(input) {
  const { session, enrollment, os = "linux", sharedSessionIds } = input;
  const probeResponded = input.probeResponded ?? (await session?.ping()) ?? false;
  const now = input.now ?? new Date();
  const backend = "selfhosted";
  const given = {
    machine: machine(enrollment, probeResponded, now),
    os: `${os}`,
    desktopEnabled: flag(input.desktopEnabled),
    terminalEnabled: flag(input.terminalEnabled),
    computerUseEnabled: flag(input.computerUseEnabled),
    desktopAcknowledged: Boolean(input.desktopAcknowledged),
    shared: Boolean(input.shared),
  };
  const { liveness, cells } = JSON.parse(
    core.negotiateSelfhostedCapabilities(
      JSON.stringify(selectBackend(backend)),
      JSON.stringify(given),
    ),
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
 * What liveness is told from, with times in milliseconds. No time is NaN, which JSON has as null.
 *
 * @param {SelfhostedEnrollment | null} enrollment
 * @param {boolean} probeResponded
 * @param {Date} now
 */
function machine(enrollment, probeResponded, now) {
  return {
    enrollment: enrollment && {
      status: `${enrollment.status}`,
      exposure: `${enrollment.exposure}`,
      allowScreenControl: Boolean(enrollment.allowScreenControl),
      hasDisplay: Boolean(enrollment.hasDisplay),
      lastSeenAt: enrollment.lastSeenAt ? new Date(enrollment.lastSeenAt).getTime() : NaN,
    },
    probeResponded: Boolean(probeResponded),
    now: now.getTime(),
  };
}

/**
 * An optional flag. Anything but a boolean counts as not given.
 *
 * @param {unknown} value
 * @returns {boolean | undefined}
 */
function flag(value) {
  return typeof value === "boolean" ? value : undefined;
}
