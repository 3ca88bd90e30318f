const name = ["bun", "deno"].find((name) => name in process.versions) ?? "node";

/** What this process runs on: its name and version. */
export const RUNTIME = `${name}@${process.versions[name]}`;
