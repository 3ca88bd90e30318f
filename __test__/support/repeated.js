// The behaviour suite runs again on each runtime and in each pool. These runs do a part of what takes long;
// the run of the whole package does all of it.
const isRepeated = process.env["REPEATED"] === "true";

/**
 * The number of cases of a property.
 *
 * @param {number} all
 */
export function cases(all) {
  return isRepeated ? Math.ceil(all / 5) : all;
}

/**
 * The cases of a table. A repeated run has each third one.
 *
 * @template T
 * @param {T[]} all
 */
export function rows(all) {
  return isRepeated ? all.filter((_, at) => at % 3 === 0) : all;
}
