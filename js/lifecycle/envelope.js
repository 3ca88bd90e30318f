import { ask, inquire, run } from "../driver.js";
import { can } from "./boxes.js";

/**
 * @typedef {import("../../types/lifecycle.js").EstablishedSandboxSession} EstablishedSandboxSession
 */

/**
 * @param {unknown} state
 * @returns {Record<string, unknown> | null}
 */
export function sandboxStateEntryFromRunState(state) {
  const sandbox = /** @type {any} */ (state)?._sandbox;
  if (!sandbox) return null;
  const { currentAgentKey, sessionsByAgent } = sandbox;
  // A field that every object inherits is no entry.
  const isKnown = sessionsByAgent != null && Object.hasOwn(sessionsByAgent, currentAgentKey);
  const agent = isKnown ? sessionsByAgent[currentAgentKey] : undefined;
  switch (inquire("runStateEntry", sandbox, agent)) {
    case "agent":
      return agent;
    case "own": {
      const { backendId, currentAgentName, sessionState } = sandbox;
      return { backendId, currentAgentKey, currentAgentName, sessionState };
    }
    default:
      return null;
  }
}

/**
 * @param {unknown} entry
 * @param {any} client
 * @returns {Promise<unknown>}
 */
export async function restoredSandboxSessionStateFromEntry(entry, client) {
  if (!client || typeof entry !== "object" || entry === null) return undefined;
  if (!("sessionState" in entry)) return undefined;
  inquire("checkEntry", entry, client);
  return deserializeSandboxSessionStateEnvelope(client, entry.sessionState);
}

/**
 * @param {any} client
 * @param {any} envelope
 * @returns {Promise<unknown>}
 */
export async function deserializeSandboxSessionStateEnvelope(client, envelope) {
  if (typeof envelope !== "object" || envelope === null) return undefined;
  if (!can(client, "deserializeSessionState")) ask("refuseNoDeserialization");
  /** @type {Record<string, unknown>} */
  const state = { ...envelope.providerState };
  for (const key of inquire("restoredKeys", envelope)) {
    state[key] = key === "exposedPorts" ? structuredClone(envelope[key]) : envelope[key];
  }
  return client.deserializeSessionState(state);
}

/**
 * @param {unknown} sessionState
 * @returns {Uint8Array | undefined}
 */
export function readWorkspaceArchiveFromEnvelopeSessionState(sessionState) {
  return decodedArchive(sessionState)?.bytes;
}

/**
 * The bytes of the archive of an envelope, and whether its text is base64 from end to end.
 *
 * @param {any} sessionState
 * @returns {{ bytes: Uint8Array, isWhole: boolean } | undefined}
 */
export function decodedArchive(sessionState) {
  const archive = sessionState?.workspaceArchive;
  if (typeof sessionState !== "object" || typeof archive !== "string" || !archive) return undefined;
  const bytes = plainBytes(Buffer.from(archive, "base64"));
  const isWhole =
    isBase64(archive, bytes.length) || isBase64(archive.replace(/\s+/g, ""), bytes.length);
  return { bytes, isWhole };
}

/**
 * @param {string} text
 * @param {number} decoded The number of bytes that the engine decodes it to.
 */
function isBase64(text, decoded) {
  const padding = /={0,3}$/.exec(text.slice(-3))?.[0].length ?? 0;
  return ask("isWholeArchive", text.length, padding, decoded);
}

/**
 * The same bytes in a `Uint8Array` that is no `Buffer`. Callers' tests compare the class.
 *
 * @param {Buffer} buffer
 */
function plainBytes(buffer) {
  // A short buffer shares its memory with others, so it is copied.
  return buffer.byteLength === buffer.buffer.byteLength
    ? new Uint8Array(buffer.buffer)
    : Uint8Array.from(buffer);
}

/** The number of bytes in which the beginning of a reference to a snapshot is found. */
const HEAD = 64;

/**
 * @param {Uint8Array} archive
 * @returns {string | undefined}
 */
export function decodeModalSnapshotId(archive) {
  const reference = referenceIn(archive);
  return reference === undefined ? undefined : (ask("modalSnapshotId", reference) ?? undefined);
}

/**
 * The text of an archive that is a reference to a snapshot. Other archives can be large, so only their
 * beginning is decoded.
 *
 * @param {Uint8Array} archive
 * @returns {string | undefined}
 */
function referenceIn(archive) {
  if (!(archive instanceof Uint8Array)) return undefined;
  const utf8 = new TextDecoder();
  const isReference = ask("isSnapshotReference", utf8.decode(archive.subarray(0, HEAD)));
  return isReference ? utf8.decode(archive) : undefined;
}

/**
 * @param {any} session
 * @param {string | null | undefined} priorArchiveBase64
 * @returns {Promise<string | undefined>}
 */
export async function deletePriorPersistedSnapshot(session, priorArchiveBase64) {
  const archive = decodedArchive({ workspaceArchive: priorArchiveBase64 });
  const reference = archive && referenceIn(archive.bytes);
  if (reference === undefined) return undefined;
  const host = {
    /** @param {string} id */
    async "images.delete"(id) {
      const images = session?.modal?.images;
      if (!can(images, "delete")) return false;
      await images.delete(id);
      return true;
    },
  };
  return (await run("deleteSnapshot", [reference], host)) ?? undefined;
}

/**
 * @param {EstablishedSandboxSession} established
 * @returns {Promise<Record<string, unknown> | null>}
 */
export async function serializeEstablishedSandboxEnvelope({ client, sessionState, backendId }) {
  /** @type {any} */
  let providerState;
  const host = {
    async "boxes.serialize"() {
      const serializer = /** @type {any} */ (client);
      if (!can(serializer, "serializeSessionState") || sessionState == null) return undefined;
      providerState = await serializer.serializeSessionState(sessionState);
      if (providerState == null) return undefined;
      const { manifest, configuredExposedPorts, exposedPorts } = providerState;
      return [manifest !== undefined, configuredExposedPorts != null, exposedPorts !== undefined];
    },
  };
  const lifted = await run("serialize", [], host);
  if (!lifted) return null;
  const { manifest } = providerState;
  return {
    backendId,
    sessionState: {
      providerState,
      ...(lifted.manifest && { manifest }),
      ...(lifted.exposedPorts && { exposedPorts: providerState[lifted.exposedPorts] }),
      workspaceReady: true,
    },
  };
}
