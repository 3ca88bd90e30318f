import { assertDescriptorRegistryInvariants, CAPABILITY_DESCRIPTORS } from "../capabilities.js";
import { ask, inquire } from "../driver.js";
import { SandboxConfigError, SandboxProviderUnavailableError } from "../errors.js";
import { Unloadable, loadAtOnce } from "../sdk.js";
import { NatsControlRpc } from "../selfhosted/nats.js";
import { SelfhostedSandboxClient } from "../selfhosted/session.js";
import { messageOf } from "../text.js";
import { onNetwork } from "./docker.js";
import { collectSandboxEnvironment } from "./environment.js";

/**
 * @typedef {import("../../index.js").SandboxBackend} SandboxBackend
 * @typedef {import("../../types/lifecycle.js").ProviderConstructionContext} ProviderConstructionContext
 * @typedef {import("../../types/lifecycle.js").ProviderRegistration} ProviderRegistration
 * @typedef {import("../../types/lifecycle.js").SandboxSettings} SandboxSettings
 */

const LOCAL = "@openai/agents";
const EXTENSIONS = "@openai/agents-extensions";

/**
 * The class of each client, with its package and the part of the package that exports it.
 *
 * @type {Partial<Record<SandboxBackend, [package: string, part: string, name: string]>>}
 */
const CLIENTS = {
  docker: [LOCAL, "sandbox/local", "DockerSandboxClient"],
  modal: [EXTENSIONS, "sandbox/modal", "ModalSandboxClient"],
  local: [LOCAL, "sandbox/local", "UnixLocalSandboxClient"],
  daytona: [EXTENSIONS, "sandbox/daytona", "DaytonaSandboxClient"],
  runloop: [EXTENSIONS, "sandbox/runloop", "RunloopSandboxClient"],
  e2b: [EXTENSIONS, "sandbox/e2b", "E2BSandboxClient"],
  blaxel: [EXTENSIONS, "sandbox/blaxel", "BlaxelSandboxClient"],
  cloudflare: [EXTENSIONS, "sandbox/cloudflare", "CloudflareSandboxClient"],
  vercel: [EXTENSIONS, "sandbox/vercel", "VercelSandboxClient"],
};

/**
 * Callers may replace entries, so each use looks its entry up.
 *
 * @type {Record<SandboxBackend, ProviderRegistration>}
 */
export const PROVIDER_REGISTRY = {
  docker: registration("docker"),
  modal: registration("modal"),
  local: registration("local"),
  none: { ...registration("none"), build: () => undefined },
  daytona: registration("daytona"),
  runloop: registration("runloop"),
  e2b: registration("e2b"),
  blaxel: registration("blaxel"),
  cloudflare: registration("cloudflare"),
  vercel: registration("vercel"),
  selfhosted: { ...registration("selfhosted"), build: newSelfhostedClient },
};

/**
 * @param {SandboxBackend} backend
 * @returns {ProviderRegistration}
 */
function registration(backend) {
  return {
    backend,
    descriptor: CAPABILITY_DESCRIPTORS[backend],
    validateCredentials: (settings) => void inquire("checkCredentials", backend, settings),
    build: (ctx) => newClient(backend, ctx),
  };
}

/**
 * @param {SandboxBackend} backend
 * @param {ProviderConstructionContext} ctx
 */
function newClient(backend, { settings, environment, exposedPorts }) {
  /** @type {[option: string, source: any][]} */
  const options = inquire("clientOptions", backend, settings);
  const [name, part, className] = /** @type {[string, string, string]} */ (CLIENTS[backend]);
  const sdk = partOf(backend, name, part);
  const Client = sdk[className] ?? lacking(backend, name, className);
  const valueOf = (/** @type {any} */ source) => {
    if (source === "environment") return environment;
    if (source === "exposedPorts") return exposedPorts;
    return "imageTag" in source ? sdk.ModalImageSelector.fromTag(source.imageTag) : source.value;
  };
  if (options.length === 0) return new Client();
  return new Client(Object.fromEntries(options.map(([key, source]) => [key, valueOf(source)])));
}

/**
 * Loads the part of a package that has a client when a client is made, so that a missing package affects
 * only its own provider.
 *
 * @param {SandboxBackend} backend
 * @param {string} name
 * @param {string} part
 */
function partOf(backend, name, part) {
  try {
    return loadAtOnce(`${name}/${part}`);
  } catch (error) {
    if (!(error instanceof Unloadable)) throw error;
    const { cause, isAbsent, isUnknown } = error;
    if (isUnknown) return lacking(backend, name, part, cause);
    const remedy = isAbsent
      ? `install it with: npm install ${[...new Set([name, LOCAL])].join(" ")}`
      : `${name}/${part} does not load: ${messageOf(cause)}`;
    throw new SandboxProviderUnavailableError(backend, remedy, { cause });
  }
}

/**
 * @param {SandboxBackend} backend
 * @param {string} name
 * @param {string} what
 * @param {unknown} [cause]
 * @returns {never}
 */
function lacking(backend, name, what, cause) {
  const remedy = `${name} has no ${what}; install a later one with: npm install ${name}@latest`;
  throw new SandboxProviderUnavailableError(backend, remedy, { cause });
}

/** @param {ProviderConstructionContext} ctx */
function newSelfhostedClient({ settings }) {
  return new SelfhostedSandboxClient({
    workspaceId: "",
    relay: relayOf(settings.selfhostedRelayUrl),
    controlRpcFactory: () => new NatsControlRpc(async () => null),
  });
}

/**
 * The address of the relay of enrolled machines.
 *
 * @param {string | undefined} setting
 */
export function relayOf(setting) {
  const text = ask("relayUrl", setting);
  return ask("relayAddress", text, partsOf(text));
}

/**
 * @param {string} text
 * @returns {[protocol: string, hostname: string, port: string, pathname: string] | undefined}
 */
function partsOf(text) {
  try {
    const { protocol, hostname, port, pathname } = new URL(text);
    return [protocol, hostname, port, pathname];
  } catch {
    return undefined;
  }
}

/** Settings with which each client can be made. */
const STUB = {
  dockerImage: "opengeni-sandbox:local",
  dockerExposedPorts: "",
  modalAppName: "opengeni-sandbox",
  modalTimeoutSeconds: 900,
  daytonaApiKey: "stub",
  runloopApiKey: "stub",
  runloopTunnel: true,
  e2bApiKey: "stub",
  blaxelApiKey: "stub",
  cloudflareWorkerUrl: "https://stub.example.com",
  vercelToken: "stub",
  vercelProjectId: "stub",
};

export function assertProviderRegistryInvariants() {
  assertDescriptorRegistryInvariants();
  const settings = /** @type {SandboxSettings} */ (/** @type {unknown} */ (STUB));
  for (const backend of ask("backends")) {
    const registration = registrationOf(backend);
    report(inquire("registrationViolation", backend, registration ?? {}));
    if (!registration || backend === "none") continue;
    const client = registration.build({ settings, environment: {}, exposedPorts: [] });
    report(inquire("clientViolation", backend, registration, client ?? {}));
  }
}

/** @param {string | null} violation */
function report(violation) {
  if (violation !== null) throw new Error(violation);
}

/**
 * The registration of a backend. An inherited field, such as `toString`, is none.
 *
 * @param {string} backend
 * @returns {ProviderRegistration | undefined}
 */
function registrationOf(backend) {
  return Object.hasOwn(PROVIDER_REGISTRY, backend)
    ? PROVIDER_REGISTRY[/** @type {SandboxBackend} */ (backend)]
    : undefined;
}

/**
 * @param {SandboxSettings} settings
 * @param {Record<string, string>} [environment]
 * @returns {unknown}
 */
export function createSandboxClient(settings, environment = collectSandboxEnvironment(settings)) {
  return createSandboxClientForBackend(settings.sandboxBackend, settings, environment);
}

/**
 * @param {SandboxBackend} backend
 * @param {SandboxSettings} settings
 * @param {Record<string, string>} [environment]
 * @returns {unknown}
 */
export function createSandboxClientForBackend(
  backend,
  settings,
  environment = collectSandboxEnvironment(settings),
) {
  const registration = registrationOf(backend);
  if (!registration) throw new SandboxConfigError(backend, inquire("unknownBackend", backend));
  if (backend === "none") return undefined;
  registration.validateCredentials(settings);
  const exposedPorts = inquire("clientPorts", settings, registration.descriptor);
  const network = backend === "docker" ? inquire("dockerNetwork", settings) : null;
  const client = registration.build({ settings, environment, exposedPorts });
  return network === null ? client : onNetwork(/** @type {any} */ (client), network);
}
