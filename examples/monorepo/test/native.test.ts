// What one line gives: one identity of every name, from the root and from /sandbox.
import { expect, it } from "vitest";
import * as root from "@opengeni/runtime";
import * as sandbox from "@opengeni/runtime/sandbox";
import * as native from "../../../index.js";
import { viewed } from "../apps/api/src/viewer.ts";
import { sessionOf } from "../packages/core/src/routing.ts";

const IDS = {
  workspaceId: "11111111-1111-4111-8111-111111111111",
  sessionId: "22222222-2222-4222-8222-222222222222",
  viewerId: "33333333-3333-4333-8333-333333333333",
};

it("both entry points have every name, and each is this package's own", () => {
  expect(Object.keys(root).sort()).toEqual(Object.keys(native).sort());
  for (const [name, value] of Object.entries(native)) {
    expect(root[name as keyof typeof root], name).toBe(value);
    expect(sandbox[name as keyof typeof sandbox], name).toBe(value);
  }
});

it("an API server sees a desktop, or nothing where the box has no ports", async () => {
  const box = {
    exec: async () => ({ output: "OPENGENI_DESKTOP_UP port=6080", exitCode: 0 }),
    resolveExposedPort: async () => ({ host: "box.example", port: 6080, tls: false }),
  };
  const input = { ...IDS, leaseEpoch: 1, streamTokenSecret: "secret" };
  const { url, token } = (await viewed(box, input)) ?? {};
  expect(url).toBe("ws://box.example:6080/");
  const claims = await sandbox.verifyStreamToken("secret", `${token}`);
  expect(claims).toMatchObject({ ...IDS, leaseEpoch: 1, mode: "view" });
  expect(await viewed({ exec: box.exec }, input)).toBe(null);
});

it("a turn follows the pointer", async () => {
  const backend = { exec: async ({ cmd }: { cmd: string }) => ({ output: cmd, exitCode: 0 }) };
  const session = sessionOf(async () => ({ activeSandboxId: null, activeEpoch: 1 }), {
    workspaceId: IDS.workspaceId,
    defaultBackend: backend,
    defaultKind: "modal",
    getSandbox: async () => null,
    controlRpcFactory: () => ({ request: () => Promise.reject(new Error("no machine")) }),
    relay: { host: "relay.example" },
  });
  expect(await session.exec({ cmd: "true" })).toEqual({ output: "true", exitCode: 0 });
});
