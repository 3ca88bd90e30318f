// What the core has found in a text, made of the text itself: the core says where each part is.
import { ask } from "../driver.js";

/**
 * @typedef {import("../../types/channel-a.js").FsTreeNode} FsTreeNode
 * @typedef {import("../../types/channel-a.js").GitDiffHunk} GitDiffHunk
 * @typedef {import("../../types/channel-a.js").GitFileState} GitFileState
 * @typedef {import("../../types/channel-a.js").NumstatEntry} NumstatEntry
 *
 * @typedef {"porcelainV2" | "numstatZ" | "unifiedPatch"} InPieces What the core is asked about pieces of texts.
 */

const { FILE_STATUSES, LINE_TYPES, NODE_TYPES } = /** @type {any} */ (ask("constants"));

/**
 * How many units of a text the core is asked about at a time: its copy of them stays in the processor's
 * cache, and is never one of the whole text.
 */
const PIECE = 1 << 16;

/**
 * Reads the numbers of an outline: five bits in each character, those of the last one from `#` on.
 *
 * Its readers have their own variables, and no functions within: V8 keeps variables that a function within
 * changes in memory, which doubles the time of a long patch.
 */
class Outline {
  /** @type {string} */
  #digits;
  #at = 0;

  /** @param {string} digits */
  constructor(digits) {
    this.#digits = digits;
  }

  /** The next number. */
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

/** Asks the core what is in a text, piece by piece. */
class Pieces {
  #question;
  #text;
  #length = PIECE;
  #isLast = false;
  /** Where the piece begins. */
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
    // What is no text is refused by the core.
    this.#isLast = typeof text !== "string" || text.length - this.start <= this.#length;
    const isAll = this.#isLast && this.start === 0;
    const piece = isAll ? text : text.slice(this.start, this.start + this.#length);
    return new Outline(ask(this.#question, piece, this.#isLast));
  }

  /**
   * The outline of the next piece, if there is one.
   *
   * @param {number} read How many units were read of the last one.
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
 * The one number of an outline; `null` where there is none.
 *
 * @param {string} digits
 */
export function numberOf(digits) {
  return digits === "" ? null : new Outline(digits).next();
}

/**
 * What an outline has for the states of a file: in the index, in the worktree, and whether it is conflicted.
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
  /** @type {GitDiffHunk["lines"]} Those before the first hunk are nobody's. */
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
      outline = pieces.after(outline.next());
      at = pieces.start;
    }
  }
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
