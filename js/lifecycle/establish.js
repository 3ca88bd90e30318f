import { ask, run } from "../driver.js";
import { chainOf } from "../provider.js";
import { messageOf } from "../text.js";
import { can, remove, waysToRemove } from "./boxes.js";
import { collectSandboxEnvironment } from "./environment.js";
import { decodedArchive, deserializeSandboxSessionStateEnvelope } from "./envelope.js";
import { createSandboxClientForBackend } from "./registry.js";

/**
 * @typedef {import("../../index.js").SandboxBackend} SandboxBackend
 * @typedef {import("../../types/lifecycle.js").EstablishedSandboxSession} EstablishedSandboxSession
 * @typedef {import("../../types/lifecycle.js").EstablishSandboxSessionOptions} EstablishSandboxSessionOptions
 * @typedef {import("../../types/lifecycle.js").SandboxSettings} SandboxSettings
 */

const { BOX_IDS } = ask("constants");

/**
 * @param {SandboxSettings} settings
 * @param {unknown} envelope
 * @param {EstablishSandboxSessionOptions} opts
 * @returns {Promise<EstablishedSandboxSession>}
 */
export async function establishSandboxSessionFromEnvelope(settings, envelope, opts) {
  const { backendId: stored, sessionState } = /** @type {any} */ (envelope ?? {});
  const backend = ask("backendOf", opts.backendOverride, stored, settings.sandboxBackend);
  const environment = opts.environment ?? collectSandboxEnvironment(settings);
  const named = /** @type {SandboxBackend} */ (backend);
  const client = /** @type {any} */ (createSandboxClientForBackend(named, settings, environment));
  if (!client) ask("refuseNoClient", backend);
  if (!can(client, "create")) ask("refuseNoCreate", backend);

  const boxes = new Boxes(client, sessionState, environment);
  const canResume = can(client, "resume") && can(client, "deserializeSessionState");
  const { backendId } = client;
  const { stateOf, instanceId } = await run(
    "establish",
    [backend, `${backendId}`, canResume, idsOf(sessionState?.providerState).map(Boolean)],
    boxes,
  );
  const { session, state } = boxes;
  return {
    client,
    session,
    sessionState: stateOf === "session" ? session?.state : state,
    instanceId,
    backendId,
  };
}

/**
 * The ids of the box in a state, by the names that providers use.
 *
 * @param {any} state
 * @returns {unknown[]}
 */
function idsOf(state) {
  const object = typeof state === "object" ? state : undefined;
  return BOX_IDS.map((id) => object?.[id]);
}

/**
 * @param {any} state
 * @returns {[hasState: boolean, isComplete: boolean, ids: unknown[]]}
 */
function factsOf(state) {
  return [state != null, Boolean(state?.manifest), idsOf(state)];
}

/** The host of `establish`: the caller's client, its session, and the state that it made of the envelope. */
class Boxes {
  /** @type {any} */
  session;
  /** @type {any} */
  state;
  #client;
  #envelope;
  #environment;
  /** @type {unknown} */
  #refusal;
  /** @type {Uint8Array | undefined} */
  #archive;

  /**
   * @param {any} client
   * @param {unknown} envelope
   * @param {Record<string, string>} environment
   */
  constructor(client, envelope, environment) {
    this.#client = client;
    this.#envelope = envelope;
    this.#environment = environment;
  }

  /** @returns {Promise<[hasState: boolean, thrown?: string]>} */
  async "boxes.deserialize"() {
    try {
      this.state = await deserializeSandboxSessionStateEnvelope(this.#client, this.#envelope);
    } catch (error) {
      return [false, messageOf(error)];
    }
    return [this.state !== undefined];
  }

  "boxes.state"() {
    return factsOf(this.state);
  }

  "boxes.folderExists"() {
    const { existsSync } = process.getBuiltinModule("node:fs");
    return existsSync(this.state.workspaceRootPath);
  }

  /** @param {boolean} hidesSnapshot */
  async "boxes.resume"(hidesSnapshot) {
    const { state } = this;
    const snapshot = hidesSnapshot ? state.snapshot : undefined;
    if (snapshot) state.snapshot = null;
    try {
      this.session = await this.#client.resume(state);
    } catch (error) {
      this.#refusal = error;
      return chainOf(error);
    } finally {
      // The snapshot is still the last one. The client removes it when it makes the next one.
      if (snapshot) {
        for (const kept of [state, this.session?.state]) if (kept) kept.snapshot ??= snapshot;
      }
    }
    return undefined;
  }

  "boxes.rethrow"() {
    throw this.#refusal;
  }

  "boxes.archive"() {
    const archive = decodedArchive(this.#envelope);
    this.#archive = archive?.bytes;
    return [archive !== undefined, archive?.isWhole ?? false];
  }

  async "boxes.create"() {
    this.session = await this.#client.create({ manifest: { environment: this.#environment } });
  }

  async "boxes.hydrate"() {
    if (!can(this.session, "hydrateWorkspace")) return false;
    await this.session.hydrateWorkspace(this.#archive);
    return true;
  }

  "boxes.session"() {
    return factsOf(this.session?.state);
  }

  "boxes.removal"() {
    return waysToRemove(this.#client, this.session);
  }

  /** @param {"clientDelete" | "terminate" | "delete" | "close"} way */
  "boxes.remove"(way) {
    return remove(this.#client, this.session, way);
  }
}
