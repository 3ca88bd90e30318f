// The rows of the table: this package, a rival, and the mark for the two.

/**
 * @typedef {object} Plan How much is measured.
 * @property {number} rounds
 * @property {number} calls The number of short calls in each round.
 * @property {number} resolves
 * @property {number} large The recording of the table, in bytes.
 * @property {number[]} sizes The sizes of the curves, in bytes.
 * @property {number[]} real Sizes of the recordings that are read through a real session, in bytes;
 *   the last is the one of the table.
 * @property {{ calls: number, bytes: number }} together
 * @property {number[]} concurrency The numbers of concurrent calls of the curve.
 * @property {number} imports
 * @property {number} film The duration of the film, in seconds.
 *
 * @typedef {object} Mark
 * @property {"ratio" | "above" | "value"} of The number that is compared with the limit.
 * @property {"most" | "least"} at
 * @property {number} limit
 *
 * @typedef {object} Row
 * @property {string} what
 * @property {string} unit
 * @property {number} ours
 * @property {string} rival
 * @property {number} theirs
 * @property {number} ratio
 * @property {Mark} [mark]
 * @property {number} [measured] The number that is compared with the mark.
 * @property {boolean} [met]
 */

/**
 * @param {string} what
 * @param {string} unit
 * @param {number} ours
 * @param {string} rival
 * @param {number} theirs
 * @param {Mark} [mark]
 * @returns {Row}
 */
export function row(what, unit, ours, rival, theirs, mark) {
  const ratio = ours / theirs;
  /** @type {Row} */
  const made = { what, unit, ours, rival, theirs, ratio };
  if (mark === undefined) return made;
  const measured = { ratio, above: ours - theirs, value: ours }[mark.of];
  const met = mark.at === "most" ? measured <= mark.limit : measured >= mark.limit;
  return { ...made, mark, measured, met };
}

/** @type {(of: Mark["of"], at: Mark["at"]) => (limit: number) => Mark} */
const marks = (of, at) => (limit) => ({ of, at, limit });

row.ratioAtMost = marks("ratio", "most");
row.ratioAtLeast = marks("ratio", "least");
row.aboveAtMost = marks("above", "most");
row.atMost = marks("value", "most");
row.atLeast = marks("value", "least");
