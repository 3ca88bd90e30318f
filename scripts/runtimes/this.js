const name = ["bun", "deno"].find((name) => name in process.versions) ?? "node";

/** The name and version of the runtime of this process. */
export const RUNTIME = `${name}@${process.versions[name]}`;
