// Makes objects of texts. The core finds the parts of a text and returns their places; the parts are sliced
// here.
import { ask } from "../driver.js";

/**
 * @typedef {import("../../types/channel-a.js").FsTreeNode} FsTreeNode
 * @typedef {import("../../types/channel-a.js").GitDiffHunk} GitDiffHunk
 * @typedef {import("../../types/channel-a.js").GitFileState} GitFileState
 * @typedef {import("../../types/channel-a.js").NumstatEntry} NumstatEntry
 *
 * @typedef {"porcelainV2" | "numstatZ" | "unifiedPatch"} InPieces A question about a text in pieces.
 */

const { FILE_STATUSES, LINE_TYPES, NODE_TYPES } = /** @type {any} */ (ask("constants"));

/** The length of a piece, in UTF-16 units. The core's copy of a piece fits into the processor's cache. */
const PIECE = 1 << 16;

/**
 * Reads the numbers of an outline. A character has five bits; the last one of a number is from `#` on.
 *
 * The functions that read an outline have no closures: V8 keeps a variable that a closure changes in memory,
 * which doubles the time of a long patch.
 */
class Outline {
  /** @type {string} */
  #digits;
  #at = 0;

  /** @param {string} digits */
  constructor(digits) {
    this.#digits = digits;
  }

  /** Reads the next number. */
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

  /** Reads a number that is no count. Its text is JavaScript's own. */
  #spelled() {
    const from = this.#at;
    this.#at = this.#digits.indexOf("~", from) + 1;
    return Number(this.#digits.slice(from, this.#at - 1));
  }
}

/** Asks the core about a text, piece by piece. */
class Pieces {
  #question;
  #text;
  #length = PIECE;
  #isLast = false;
  /** The beginning of the piece, in UTF-16 units. */
  start = 0;

  /**
   * @param {InPieces} question
   * @param {string} text
   */
  constructor(question, text) {
    this.#question = question;
    this.#text = text;
  }

  /** The outline of the first piece. */
  first() {
    const text = this.#text;
    // The core refuses a value that is no text.
    this.#isLast = typeof text !== "string" || text.length - this.start <= this.#length;
    const isAll = this.#isLast && this.start === 0;
    const piece = isAll ? text : text.slice(this.start, this.start + this.#length);
    return new Outline(ask(this.#question, piece, this.#isLast));
  }

  /**
   * The outline of the next piece, if there is one.
   *
   * @param {number} read The number of units that were read of the last piece.
   */
  after(read) {
    if (this.#isLast) return undefined;
    // A record may be longer than a piece.
    this.#length = read === 0 ? this.#length * 2 : PIECE;
    this.start += read;
    return this.first();
  }
}

/**
 * The number of an outline with at most one number; `null` where there is none.
 *
 * @param {string} digits
 */
export function numberOf(digits) {
  return digits === "" ? null : new Outline(digits).next();
}

/**
 * The states of a file by their number in an outline: in the index, in the worktree, and whether it has a
 * conflict.
 *
 * @type {any[]}
 */
const STATES = [null, ...FILE_STATUSES].flatMap((index, _, codes) =>
  codes.flatMap((worktree) => [
    { index, worktree, isConflicted: false },
    { index, worktree, isConflicted: true },
  ]),
);

/** @param {string} text */
export function statusOf(text) {
  const pieces = new Pieces("porcelainV2", text);
  /** @type {GitFileState[]} */
  const files = [];
  let head = null;
  let upstream = null;
  let detached = false;
  let ahead = 0;
  let behind = 0;
  /** @type {Outline | undefined} */
  let outline = pieces.first();
  let at = 0;
  while (outline) {
    const mark = outline.next();
    if (mark >= 5) {
      const { index, worktree, isConflicted } = STATES[(mark - 5) >> 1];
      let from = at + outline.next();
      at = from + outline.next();
      const path = text.slice(from, at);
      let oldPath = null;
      if ((mark & 1) === 0) {
        from = at + outline.next();
        at = from + outline.next();
        oldPath = text.slice(from, at);
      }
      files.push({ path, oldPath, index, worktree, isConflicted });
    } else if (mark === 0) {
      outline = pieces.after(outline.next());
      at = pieces.start;
    } else if (mark === 4) {
      ahead = outline.next();
      behind = outline.next();
    } else if (mark === 2) {
      head = null;
      detached = true;
    } else {
      const from = at + outline.next();
      at = from + outline.next();
      const name = text.slice(from, at);
      if (mark === 3) upstream = name;
      else [head, detached] = [name, false];
    }
  }
  return { isRepo: true, head, detached, upstream, ahead, behind, files };
}

/** @param {string} text */
export function numstatOf(text) {
  const pieces = new Pieces("numstatZ", text);
  /** @type {NumstatEntry[]} */
  const entries = [];
  /** @type {Outline | undefined} */
  let outline = pieces.first();
  let at = 0;
  while (outline) {
    const mark = outline.next();
    if (mark === 0) {
      outline = pieces.after(outline.next());
      at = pieces.start;
      continue;
    }
    const additions = outline.next();
    const deletions = outline.next();
    let oldPath = null;
    if (mark > 2) {
      const from = at + outline.next();
      at = from + outline.next();
      oldPath = text.slice(from, at);
    }
    const from = at + outline.next();
    at = from + outline.next();
    const newPath = text.slice(from, at);
    entries.push({ additions, deletions, binary: (mark & 1) === 0, oldPath, newPath });
  }
  return entries;
}

/** @param {string} text */
export function patchOf(text) {
  const [context, add, del] = LINE_TYPES;
  const pieces = new Pieces("unifiedPatch", text);
  /** @type {GitDiffHunk[]} */
  const hunks = [];
  /** @type {GitDiffHunk["lines"]} The lines before the first hunk are dropped. */
  let lines = [];
  let status = "modified";
  let oldNo = 0;
  let newNo = 0;
  /** @type {Outline | undefined} */
  let outline = pieces.first();
  let at = 0;
  while (outline) {
    const next = outline.next();
    const kind = next & 3;
    const count = next >>> 2;
    if (kind < 3) {
      // A line break and a mark precede each line.
      const from = at + 2;
      at = from + count;
      const line = text.slice(from, at);
      if (kind === 0) lines.push({ type: context, oldNo: oldNo++, newNo: newNo++, text: line });
      else if (kind === 1) lines.push({ type: add, oldNo: null, newNo: newNo++, text: line });
      else lines.push({ type: del, oldNo: oldNo++, newNo: null, text: line });
    } else if (count >= 3) {
      // This number of units is skipped instead of those two.
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
      outline = pieces.after(outline.next());
      at = pieces.start;
    }
  }
  return { hunks, status };
}

/** Compares like `String.prototype.localeCompare`, and looks up the locale once. */
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

/** Whether the order of the core for names in ASCII is that of the locale. */
export const ordersPlainly = isPlain(collator.resolvedOptions());

/** @param {Intl.ResolvedCollatorOptions} options */
function isPlain({ locale, collation, numeric, caseFirst }) {
  const language = /** @type {string} */ (locale.split("-", 1)[0]);
  return PLAIN.has(language) && collation === "default" && !numeric && caseFirst === "false";
}

/**
 * @param {string} digits
 * @param {string} text
 * @param {string} path The path of the directory.
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
 * Makes a directory.
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
