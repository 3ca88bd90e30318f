// How many random cases are tried, and from which seed.

export const numRuns = Number(process.env["PARITY_CASES"] ?? 10_000);
export const seed = Number(process.env["PARITY_SEED"] ?? Date.now() % 2 ** 31);
