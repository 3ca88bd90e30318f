// What the core has found in a text, made of the text itself: the core says where each part is.
import { ask } from "../driver.js";

/**
 * @typedef {import("../../types/channel-a.js").FsTreeNode} FsTreeNode
 * @typedef {import("../../types/channel-a.js").GitDiffHunk} GitDiffHunk
 * @typedef {import("../../types/channel-a.js").GitFileStatus} GitFileStatus
 * @typedef {import("../../types/channel-a.js").NumstatEntry} NumstatEntry
 */

const { FILE_STATUSES, LINE_TYPES, NODE_TYPES } = /** @type {any} */ (ask("constants"));

/** Reads the numbers of an outline: five bits in each character, those of the last one from `#` on. */
class Outline {
  #digits;
  #at = 0;

  /** @param {string} digits */
  constructor(digits) {
    this.#digits = digits;
  }

  next() {
    let digit = this.#digits.charCodeAt(this.#at++);
    if (digit < 0x5d) return digit - 0x23;
    if (digit === 0x7e) return this.#spelled();
    let number = 0;
    do {
      number = number * 32 + digit - 0x5d;
      digit = this.#digits.charCodeAt(this.#at++);
    } while (digit >= 0x5d);
    return number * 32 + digit - 0x23;
  }

  flag() {
    return this.next() === 1;
  }

  /** A number that is no count, as JavaScript writes it. */
  #spelled() {
    const from = this.#at;
    this.#at = this.#digits.indexOf("~", from) + 1;
    return Number(this.#digits.slice(from, this.#at - 1));
  }
}

/**
 * The one number of an outline; `null` where there is none.
 *
 * @param {string} digits
 */
export function numberOf(digits) {
  return digits === "" ? null : new Outline(digits).next();
}

/**
 * How many units of a text the core is asked about at a time: its copy of them stays in the processor's
 * cache, and is never one of the whole text.
 */
const PIECE = 1 << 16;

/**
 * Asks the core what is in a text, piece by piece.
 *
 * @param {"porcelainV2" | "numstatZ" | "unifiedPatch"} question
 * @param {string} text
 * @param {(outline: Outline, start: number) => void} take Takes what was found in a piece, up to the mark of
 *   its end.
 */
function askInPieces(question, text, take) {
  let start = 0;
  let length = PIECE;
  for (;;) {
    // What is no text is refused by the core.
    const isLast = typeof text !== "string" || text.length - start <= length;
    const piece = isLast && start === 0 ? text : text.slice(start, start + length);
    const outline = new Outline(ask(question, piece, isLast));
    take(outline, start);
    if (isLast) return;
    const read = outline.next();
    // A record may be longer than a piece.
    length = read === 0 ? length * 2 : PIECE;
    start += read;
  }
}

/** What an outline has for the states of a file: in the index, in the worktree, and whether it is conflicted. */
const STATES = [null, ...FILE_STATUSES].flatMap((index, _, codes) =>
  codes.flatMap((worktree) => [
    { index, worktree, isConflicted: false },
    { index, worktree, isConflicted: true },
  ]),
);

/** @param {string} text */
export function statusOf(text) {
  /** @type {GitFileStatus[]} */
  const files = [];
  /** @type {string | null} */
  let head = null;
  /** @type {string | null} */
  let upstream = null;
  let detached = false;
  let ahead = 0;
  let behind = 0;
  askInPieces("porcelainV2", text, (outline, start) => {
    let at = start;
    const part = () => {
      const from = at + outline.next();
      at = from + outline.next();
      return text.slice(from, at);
    };
    for (;;) {
      const next = outline.next();
      if (next >= 5) {
        const { index, worktree, isConflicted } = STATES[(next - 5) >> 1];
        const path = part();
        const oldPath = (next & 1) === 0 ? part() : null;
        files.push({ path, oldPath, index, worktree, isConflicted });
      } else if (next === 1) {
        head = part();
        detached = false;
      } else if (next === 2) {
        head = null;
        detached = true;
      } else if (next === 3) {
        upstream = part();
      } else if (next === 4) {
        ahead = outline.next();
        behind = outline.next();
      } else {
        return;
      }
    }
  });
  return { isRepo: true, head, detached, upstream, ahead, behind, files };
}

/** @param {string} text */
export function numstatOf(text) {
  /** @type {NumstatEntry[]} */
  const entries = [];
  askInPieces("numstatZ", text, (outline, start) => {
    let at = start;
    const part = () => {
      const from = at + outline.next();
      at = from + outline.next();
      return text.slice(from, at);
    };
    for (let next = outline.next(); next > 0; next = outline.next()) {
      const additions = outline.next();
      const deletions = outline.next();
      const oldPath = next > 2 ? part() : null;
      entries.push({ additions, deletions, binary: (next & 1) === 0, oldPath, newPath: part() });
    }
  });
  return entries;
}

/** @param {string} text */
export function patchOf(text) {
  const [context, add, del] = LINE_TYPES;
  /** @type {GitDiffHunk[]} */
  const hunks = [];
  /** @type {GitDiffHunk["lines"]} Those before the first hunk are nobody's. */
  let lines = [];
  let status = "modified";
  let oldNo = 0;
  let newNo = 0;
  askInPieces("unifiedPatch", text, (outline, start) => {
    let at = start;
    for (;;) {
      const next = outline.next();
      const count = next >>> 2;
      const kind = next & 3;
      if (kind < 3) {
        // A line break and a mark are before each line.
        const from = at + 2;
        at = from + count;
        const line = text.slice(from, at);
        if (kind === 0) lines.push({ type: context, oldNo: oldNo++, newNo: newNo++, text: line });
        else if (kind === 1) lines.push({ type: add, oldNo: null, newNo: newNo++, text: line });
        else lines.push({ type: del, oldNo: oldNo++, newNo: null, text: line });
      } else if (count >= 3) {
        // So many units are there instead of those two.
        at += count - 3 - 2;
      } else if (count === 2) {
        oldNo = outline.next();
        const oldLines = outline.next();
        newNo = outline.next();
        const newLines = outline.next();
        const from = at + outline.next();
        at = from + outline.next();
        const header = text.slice(from, at);
        lines = [];
        hunks.push({ oldStart: oldNo, oldLines, newStart: newNo, newLines, header, lines });
      } else if (count === 1) {
        status = FILE_STATUSES[outline.next()];
      } else {
        return;
      }
    }
  });
  return { hunks, status };
}

/** Compares as `String.prototype.localeCompare` does, and keeps what it knows of the locale. */
const collator = new Intl.Collator();

/** Languages that order the printable characters of ASCII as Unicode does. */
const PLAIN = new Set([
  "ca",
  "de",
  "en",
  "es",
  "fi",
  "fr",
  "id",
  "it",
  "ms",
  "nl",
  "pl",
  "pt",
  "ro",
  "sl",
  "sv",
  "sw",
  "vi",
]);

/** Whether the core can order names of ASCII as the locale does. */
export const ordersPlainly = isPlain(collator.resolvedOptions());

/** @param {Intl.ResolvedCollatorOptions} options */
function isPlain({ locale, collation, numeric, caseFirst }) {
  const language = /** @type {string} */ (locale.split("-", 1)[0]);
  return PLAIN.has(language) && collation === "default" && !numeric && caseFirst === "false";
}

/**
 * @param {string} digits
 * @param {string} text
 * @param {string} path Of the directory.
 */
export function treeOf(digits, text, path) {
  const outline = new Outline(digits);
  const from = outline.next();
  const name = path.slice(from, from + outline.next());
  const root = node(name, path, "dir", null, null, null, /** @type {FsTreeNode[]} */ ([]));
  const directories = [root];
  for (const { children } of directories) {
    const next = outline.next();
    for (let left = next >> 1; left > 0; left--) {
      const flags = outline.next();
      const from = outline.next();
      const to = from + outline.next();
      const end = to - outline.next();
      const name = text.slice(end - outline.next(), end);
      const own = text.slice(from, to);
      const below = (flags & 32) === 0 ? own : `${path}/${own}`;
      const size = (flags & 4) === 0 ? null : outline.next();
      const mtime = (flags & 8) === 0 ? null : outline.next();
      const mode = (flags & 16) === 0 ? null : outline.next();
      const type = NODE_TYPES[flags & 3];
      if (type === "dir") {
        const directory = node(name, below, type, size, mtime, mode, []);
        directories.push(directory);
        children.push(directory);
      } else {
        children.push({
          name,
          path: below,
          type,
          sizeBytes: size,
          mtimeMs: mtime,
          mode,
          truncated: false,
        });
      }
    }
    if ((next & 1) === 0) children.sort(inOrder);
  }
  return { root, truncated: outline.flag() };
}

/**
 * A directory.
 *
 * @param {string} name
 * @param {string} path
 * @param {"dir"} type
 * @param {number | null} sizeBytes
 * @param {number | null} mtimeMs
 * @param {number | null} mode
 * @param {FsTreeNode[]} children
 */
function node(name, path, type, sizeBytes, mtimeMs, mode, children) {
  return { name, path, type, sizeBytes, mtimeMs, mode, children, truncated: false };
}

/**
 * @param {FsTreeNode} a
 * @param {FsTreeNode} b
 */
function inOrder(a, b) {
  const [x, y] = [a, b].map(({ type }) => Number(type !== "dir"));
  return Number(x) - Number(y) || collator.compare(a.name, b.name);
}
