// The difference of docs/differences.md that is about manifests: the class that a session's manifest has,
// for callers that import the published package and for those that require it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { AS_BUILT, pack } from "../../scripts/pack.mjs";
import { difference, everyRowIsShown } from "./sides.js";

const NAME = "@opengeni/runtime-native";
const root = fileURLToPath(new URL("../..", import.meta.url));
const project = mkdtempSync(path.join(tmpdir(), "og-manifest-"));
afterAll(() => rmSync(project, { recursive: true }));

const { main, binaries } = pack({ ...AS_BUILT, out: path.join(project, "packages") });
const modules = path.join(project, "node_modules");
const tarballs = Object.entries(binaries).map(([platform, file]) => [`${NAME}-${platform}`, file]);
for (const [name, tarball = ""] of [[NAME, main], ...tarballs]) {
  const to = path.join(modules, `${name}`);
  mkdirSync(to, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", to, "--strip-components=1"]);
}
symlinkSync(path.join(root, "node_modules/@openai"), path.join(modules, "@openai"));

/**
 * What a program in the project prints, as JSON.
 *
 * @param {"module" | "commonjs"} type
 * @param {string} code
 */
function printed(type, code) {
  const args = ["--no-warnings", `--input-type=${type}`, "-e", code];
  const env = { ...process.env, NODE_PATH: "" };
  return JSON.parse(execFileSync(process.execPath, args, { cwd: project, env, encoding: "utf8" }));
}

const DEPS = '{ workspaceId: "w", agentId: "a", controlRpc: {}, relay: { host: "r" } }';
const OPTIONS =
  '{ workspaceId: "w", relay: { host: "r" }, controlRpcFactory: () => ({}), epoch: 0 }';
const SDK = "@openai/agents/sandbox";

/** Whether manifests of sessions made at once, and by a client, are of the class that is at hand. */
const SEEN = `(async () => {
  const made = new SelfhostedSession(${DEPS}).state.manifest;
  const resumed = (await new SelfhostedSandboxClient(${OPTIONS}).resume({ agentId: "a" })).state.manifest;
  const local = createSandboxClientForBackend("local", { dockerExposedPorts: "" }, {});
  console.log(JSON.stringify([made, resumed].map((each) => each instanceof Manifest)
    .concat(local instanceof UnixLocalSandboxClient)));
})()`;
const NAMES = "{ SelfhostedSession, SelfhostedSandboxClient, createSandboxClientForBackend }";
const IMPORTS = `import ${NAMES} from "${NAME}";
  import { Manifest } from "${SDK}";
  import { UnixLocalSandboxClient } from "${SDK}/local";`;
const REQUIRES = `const ${NAMES} = require("${NAME}");
  const { Manifest } = require("${SDK}");
  const { UnixLocalSandboxClient } = require("${SDK}/local");`;

difference(
  "M1",
  "the manifest of a session is of the class that a CommonJS caller has",
  {
    // The old module imports the class, whoever calls it.
    old: () =>
      printed(
        "commonjs",
        `const { Manifest } = require("${SDK}");
        import("${SDK}").then((old) => {
          const manifest = new old.Manifest({ root: "/workspace", entries: {}, environment: {} });
          console.log(JSON.stringify(manifest instanceof Manifest));
        })`,
      ),
    new: () => printed("commonjs", `${REQUIRES} ${SEEN}`).every(Boolean),
  },
  { old: false, new: true },
);

it("is of the class that an importing caller has", () => {
  expect(printed("module", `${IMPORTS} ${SEEN}`)).toEqual([true, true, true]);
});

it("is of the ES module, where both are in one process", () => {
  const both = `import("${NAME}").then(() => import("${SDK}")).then(async ({ Manifest }) => {
    const { UnixLocalSandboxClient } = await import("${SDK}/local");
    const ${NAMES} = require("${NAME}");
    ${SEEN}
  })`;
  expect(printed("commonjs", both)).toEqual([true, true, true]);
});

it("loads nothing of the SDK until a session needs it", () => {
  const loaded = `Object.keys(require.cache).filter((file) => file.includes("@openai")).length`;
  const code = `${REQUIRES.split("\n")[0]} const before = ${loaded};
    new SelfhostedSession(${DEPS}); console.log(JSON.stringify([before, ${loaded} > 0]))`;
  expect(printed("commonjs", code)).toEqual([0, true]);
});

everyRowIsShown(/^M/);
