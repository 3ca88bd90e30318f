// The plain JavaScript that reads what git and find print: the rival of the parsers.

/** @type {Record<string, string>} */
const LETTERS = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  C: "copied",
  T: "typechange",
  U: "conflicted",
};

/** @param {string | undefined} letter */
const code = (letter) => LETTERS[letter ?? ""] ?? null;

/** @param {string} z */
export function parsePorcelainV2(z) {
  /** @type {{ path: string, oldPath: string | null, index: string | null, worktree: string | null, isConflicted: boolean }[]} */
  const files = [];
  let head = null;
  let upstream = null;
  let detached = false;
  let ahead = 0;
  let behind = 0;
  const records = z.split("\0");
  for (let at = 0; at < records.length; at++) {
    const record = /** @type {string} */ (records[at]);
    if (record.startsWith("# branch.head ")) {
      const value = record.slice("# branch.head ".length);
      detached = value === "(detached)";
      head = detached ? null : value;
    } else if (record.startsWith("# branch.upstream ")) {
      upstream = record.slice("# branch.upstream ".length);
    } else if (record.startsWith("# branch.ab ")) {
      const match = /^# branch\.ab \+(\d+) -(\d+)$/.exec(record);
      if (match) [ahead, behind] = [Number(match[1]), Number(match[2])];
    } else if (record.startsWith("1 ") || record.startsWith("2 ")) {
      const fields = record.split(" ");
      const [x, y] = fields[1] ?? "";
      const isRename = record.startsWith("2 ");
      files.push({
        path: fields.slice(isRename ? 9 : 8).join(" "),
        oldPath: isRename ? (records[++at] ?? null) : null,
        index: code(x),
        worktree: code(y),
        isConflicted: x === "U" || y === "U",
      });
    } else if (record.startsWith("u ")) {
      files.push({
        path: record.split(" ").slice(10).join(" "),
        oldPath: null,
        index: "conflicted",
        worktree: "conflicted",
        isConflicted: true,
      });
    } else if (record.startsWith("? ") || record.startsWith("! ")) {
      files.push({
        path: record.slice(2),
        oldPath: null,
        index: null,
        worktree: record.startsWith("? ") ? "untracked" : "ignored",
        isConflicted: false,
      });
    }
  }
  return { isRepo: true, head, detached, upstream, ahead, behind, files };
}

/** @param {string} z */
export function parseNumstatZ(z) {
  const entries = [];
  const records = z.split("\0");
  for (let at = 0; at < records.length; at++) {
    const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(/** @type {string} */ (records[at]));
    if (!match) continue;
    const [, added, deleted, path] = match;
    const binary = added === "-" && deleted === "-";
    const counts = {
      additions: binary ? 0 : Number(added),
      deletions: binary ? 0 : Number(deleted),
      binary,
    };
    if (path) entries.push({ ...counts, oldPath: null, newPath: path });
    else {
      const [oldPath = null, newPath = ""] = records.slice(at + 1, at + 3);
      entries.push({ ...counts, oldPath, newPath });
      at += 2;
    }
  }
  return entries;
}

/** @param {string} patch */
export function parseUnifiedPatch(patch) {
  const hunks = [];
  let status = "modified";
  /** @type {any} */
  let hunk;
  let oldNo = 0;
  let newNo = 0;
  for (const line of patch.split("\n")) {
    if (line.startsWith("new file mode")) status = "added";
    else if (line.startsWith("deleted file mode")) status = "deleted";
    else if (line.startsWith("rename from") || line.startsWith("rename to")) status = "renamed";
    if (line.startsWith("@@")) {
      const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(line);
      if (!match) continue;
      oldNo = Number(match[1]);
      newNo = Number(match[3]);
      hunk = {
        oldStart: oldNo,
        oldLines: Number(match[2] ?? 1),
        newStart: newNo,
        newLines: Number(match[4] ?? 1),
        header: match[5]?.trim(),
        lines: [],
      };
      hunks.push(hunk);
    } else if (hunk) {
      const text = line.slice(1);
      if (line.startsWith("+")) hunk.lines.push({ type: "add", oldNo: null, newNo: newNo++, text });
      else if (line.startsWith("-"))
        hunk.lines.push({ type: "del", oldNo: oldNo++, newNo: null, text });
      else if (line.startsWith(" "))
        hunk.lines.push({ type: "context", oldNo: oldNo++, newNo: newNo++, text });
    }
  }
  return { hunks, status };
}

/** @type {Record<string, string>} */
const KINDS = { d: "dir", f: "file", l: "symlink" };

/** @param {number} number */
const finite = (number) => (Number.isFinite(number) ? number : null);

/**
 * @param {string} text
 * @param {string} root
 * @param {number} maxEntries
 */
export function parseListing(text, root, maxEntries) {
  const top = {
    name: root.split("/").findLast(Boolean) ?? "",
    path: root,
    type: "dir",
    sizeBytes: null,
    mtimeMs: null,
    mode: null,
    children: /** @type {any[]} */ ([]),
    truncated: false,
  };
  const nodes = new Map();
  let truncated = false;
  let count = 0;
  for (const record of text.split("\0")) {
    if (!record) continue;
    if (count >= maxEntries) {
      truncated = true;
      break;
    }
    const [letter = "", size = "", mtime = "", mode = "", ...rest] = record.split("\t");
    if (rest.length === 0) continue;
    let path = rest.join("\t").replace(/^\.\//, "").replace(/^\/+/, "");
    if (root && path !== root && !path.startsWith(`${root}/`)) path = `${root}/${path}`;
    const isDir = letter === "d";
    const node = {
      name: path.split("/").findLast(Boolean) ?? "",
      path,
      type: KINDS[letter] ?? "other",
      sizeBytes: isDir ? null : finite(Number.parseInt(size, 10)),
      mtimeMs: finite(Math.round(Number.parseFloat(mtime) * 1000)),
      mode: finite(Number.parseInt(mode, 8)),
      ...(isDir ? { children: [] } : {}),
      truncated: false,
    };
    nodes.set(path, node);
    count++;
  }
  for (const node of nodes.values()) {
    const slash = node.path.lastIndexOf("/");
    const parent = slash < 0 ? top : nodes.get(node.path.slice(0, slash));
    (parent?.children ?? top.children).push(node);
  }
  sort(top);
  return { root: top, truncated };
}

/** @param {{ children?: any[] }} node */
function sort(node) {
  node.children?.sort((a, b) =>
    (a.type === "dir") === (b.type === "dir")
      ? a.name.localeCompare(b.name)
      : a.type === "dir"
        ? -1
        : 1,
  );
  for (const child of node.children ?? []) sort(child);
}
