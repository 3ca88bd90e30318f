import type { TestProject } from "vitest/node";
import { missing } from "../../../__test__/support/tools.js";
import { startObjectStorage } from "../object-storage.mjs";

export default async function setup({ provide }: TestProject) {
  if (missing("python3")) return undefined;
  const { endpoint, stop } = await startObjectStorage();
  provide("endpoint", endpoint);
  return stop;
}
