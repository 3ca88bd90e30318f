// Generates the JavaScript side of the protocol from the .proto file: the public types, and the readers of
// the tape that the core decodes a reply to. `--check` fails where the generated files are out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as prettier from "prettier";
import protobuf from "protobufjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { nested } = /** @type {protobuf.Namespace} */ (
  new protobuf.Root()
    .loadSync(`${root}proto/opengeni/agent/v1/control.proto`, { alternateCommentMode: true })
    .resolveAll()
    .lookup("opengeni.agent.v1")
);
const messages = Object.values(nested ?? {}).filter((one) => one instanceof protobuf.Type);

/** The TypeScript types of scalars, and the methods of the tape that read them. */
const SCALARS = /** @type {const} */ ({
  string: ["string", "text"],
  bytes: ["Uint8Array", "bytes"],
  bool: ["boolean", "flag"],
  double: ["number", "double"],
  int32: ["number", "int32"],
  uint32: ["number", "uint32"],
  // A JavaScript number does not hold 64 bits, so these are decimal text.
  int64: ["string", "text"],
  uint64: ["string", "text"],
});

const TYPES_HEAD = `/**
 * The messages of the control protocol, as \`ControlRpc\` carries them.
 *
 * A oneof is \`{ $case, [$case]: … }\`. A 64-bit number is decimal text. An enum is a number, which may be an
 * unknown one. Bytes of a decoded message are a view of its reply. A decoded message has every key. The
 * value of an absent message or oneof is \`undefined\`.
 *
 * @module protocol
 */
`;

/**
 * The types of all messages.
 */
function types() {
  const declared = messages.map((type) => {
    const fields = plain(type).map((field) => {
      const doc = comment([field.comment, values(field)].filter(Boolean).join(" "));
      const { resolvedType, repeated, map } = field;
      const isOptional = resolvedType instanceof protobuf.Type && !repeated && !map;
      return `${doc}${field.name}${isOptional ? `?: ${typeOf(field)} | undefined` : `: ${typeOf(field)}`};`;
    });
    const oneofs = type.oneofsArray.map(({ name, comment: text, fieldsArray }) => {
      const members = fieldsArray.map(
        (field) => `| { $case: "${field.name}"; ${field.name}: ${typeOf(field)} }`,
      );
      return `${comment(text)}${name}?: ${members.join("\n")} | undefined;`;
    });
    const members = [...fields, ...oneofs];
    const body = members.length > 0 ? `{\n${members.join("\n")}\n}` : "Record<never, never>";
    return `${comment(type.comment)}export type ${type.name} = ${body};`;
  });
  return [TYPES_HEAD, ...declared].join("\n\n");
}

/** @param {protobuf.Field} field */
function typeOf(field) {
  if (field.map) return "Record<string, string>";
  const type =
    field.resolvedType instanceof protobuf.Type ? field.resolvedType.name : scalar(field)[0];
  return field.repeated ? `${type}[]` : type;
}

/**
 * Describes the values of an enum.
 *
 * @param {protobuf.Field} field
 */
function values({ resolvedType }) {
  if (!(resolvedType instanceof protobuf.Enum)) return "";
  const prefix = resolvedType.name.replace(/(?<!^)[A-Z]/g, "_$&").toUpperCase();
  const named = Object.entries(resolvedType.values).map(([name, number]) => {
    const value = name.slice(prefix.length + 1).replaceAll("_", " ");
    return `${number} (${value.toLowerCase()})`;
  });
  return `One of ${named.join(", ")}.`;
}

/**
 * Makes a TypeScript comment of one in the .proto file.
 *
 * @param {string | null} text
 */
function comment(text) {
  if (!text) return "";
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (`${line} ${word}`.length <= 94) lines[lines.length - 1] = `${line} ${word}`.trim();
    else lines.push(word);
  }
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`;
}

/** The readers of all messages that a response holds, and the table of requests' operations. */
function readers() {
  return [
    'import { list, map, message, oneof, scalar } from "./parts.js";',
    '/** @import { Tape } from "./wire.js" */\n/** @import * as protocol from "../../protocol.js" */',
    ...reached("ControlResponse").map(reader),
    ...parts(),
    operations(),
  ].join("\n\n");
}

/**
 * The function that reads a message, its fields in the order in which the core writes them.
 *
 * @param {protobuf.Type} type
 */
function reader(type) {
  const fields = plain(type).map((field) => `${field.name}: ${valueOf(field)},`);
  const oneofs = type.oneofsArray.map(({ name }) => `${name}: ${readerName(type, name)}(tape),`);
  const isEmpty = fields.length + oneofs.length === 0;
  const parts = type.oneofsArray.map(({ name, fieldsArray }) => {
    const cases = fieldsArray.map(
      (field, at) =>
        `case ${at + 1}: return { $case: "${field.name}", ${field.name}: ${member(field)} };`,
    );
    return `
      /** @param {Tape} tape @returns {protocol.${type.name}["${name}"]} */
      function ${readerName(type, name)}(tape) {
        switch (tape.uint32()) {
          ${cases.join("\n")}
          default: return undefined;
        }
      }`;
  });
  return `
    ${isEmpty ? `/** @returns {protocol.${type.name}} */` : `/** @param {Tape} tape @returns {protocol.${type.name}} */`}
    ${type.name === "ControlResponse" ? "export " : ""}function ${readerName(type)}(${isEmpty ? "" : "tape"}) {
      return { ${[...fields, ...oneofs].join("\n")} };
    }
    ${parts.join("\n")}`;
}

/** @param {protobuf.Field} field */
function valueOf(field) {
  if (field.map) return "tape.map()";
  if (field.repeated) {
    const { resolvedType } = field;
    return resolvedType instanceof protobuf.Type
      ? `tape.list(${readerName(resolvedType)})`
      : "tape.texts()";
  }
  return field.resolvedType instanceof protobuf.Type
    ? `tape.flag() ? ${member(field)} : undefined`
    : member(field);
}

/**
 * The expression that reads a present value.
 *
 * @param {protobuf.Field} field
 */
function member(field) {
  const { resolvedType } = field;
  if (!(resolvedType instanceof protobuf.Type)) return `tape.${scalar(field)[1]}()`;
  const isEmpty = resolvedType.fieldsArray.length === 0;
  return `${readerName(resolvedType)}(${isEmpty ? "" : "tape"})`;
}

/** How the messages are taken apart that operations hold. */
function parts() {
  const op = messages.find(({ name }) => name === "ControlRequest")?.oneofs["op"];
  const operations = (op?.fieldsArray ?? []).map(({ resolvedType }) => resolvedType?.name ?? "");
  const held = new Set(operations.flatMap((name) => reached(name).slice(1)));
  return [...held].map((type) => {
    const fields = [...plain(type), ...type.oneofsArray];
    const taken = fields.map((field) => `${field.name}: ${partOf(field)}`);
    return `
      /** @param {any} member */
      function ${partsName(type)}(member) {
        return { ${taken.join(", ")} };
      }`;
  });
}

/**
 * What crosses of a field of a message.
 *
 * @param {protobuf.Field | protobuf.OneOf} field
 */
function partOf(field) {
  const value = `member.${field.name}`;
  if (field instanceof protobuf.OneOf) {
    const readers = field.fieldsArray.map(({ name, resolvedType }) => {
      return `${name}: ${partsName(/** @type {protobuf.Type} */ (resolvedType))}`;
    });
    return `oneof(${value}, { ${readers.join(", ")} })`;
  }
  if (field.map) return `map(${value})`;
  const { resolvedType, repeated } = field;
  if (!(resolvedType instanceof protobuf.Type)) {
    return repeated ? `list(${value})` : `scalar(${value})`;
  }
  const read = partsName(resolvedType);
  return repeated
    ? `list(${value}, (item) => message(item, ${read}))`
    : `message(${value}, ${read})`;
}

/** @param {protobuf.Type} type */
function partsName({ name }) {
  return `partsOf${name}`;
}

/**
 * The table by which the fields of operations are read.
 */
function operations() {
  const op = messages.find(({ name }) => name === "ControlRequest")?.oneofs["op"];
  const entries = (op?.fieldsArray ?? []).map(({ name, resolvedType }) => {
    const type = /** @type {protobuf.Type} */ (resolvedType);
    const all = [...plain(type), ...type.oneofsArray];
    const isBytes = (/** @type {object} */ one) => "type" in one && one.type === "bytes";
    const values = all.map((one) => (isBytes(one) ? "null" : partOf(one)));
    const bytes = all.filter(isBytes).map((one) => `, bytes: (member) => member.${one.name}`);
    const parameter = values.some((value) => value !== "null") ? "(member)" : "()";
    const names = `names: [${all.map((one) => `"${one.name}"`).join(", ")}]`;
    return `["${name}", { ${names}, values: ${parameter} => [${values.join(", ")}]${bytes.join("")} }],`;
  });
  return `
    /**
     * @typedef {object} Parts The fields of an operation.
     * @property {readonly string[]} names Their names.
     * @property {(member: any) => unknown[]} values The values of its fields in order, with \`null\` for bytes.
     * @property {(member: any) => unknown} [bytes] The value of its field of bytes.
     */

    /** @type {[name: string, parts: Parts][]} */
    const operations = [${entries.join("\n")}];

    /** @type {ReadonlyMap<unknown, Parts>} */
    export const OPERATIONS = new Map(operations);`;
}

/**
 * A message and the messages that it holds, itself first.
 *
 * @param {string} name
 */
function reached(name) {
  const found = new Set(messages.filter((type) => type.name === name));
  for (const type of found) {
    for (const { resolvedType } of type.fieldsArray) {
      if (resolvedType instanceof protobuf.Type) found.add(resolvedType);
    }
  }
  return [...found];
}

/**
 * The fields outside of oneofs.
 *
 * @param {protobuf.Type} type
 */
function plain(type) {
  return type.fieldsArray.filter((field) => !field.partOf);
}

/**
 * @param {protobuf.Field} field
 * @returns {readonly [string, string]}
 */
function scalar({ type, resolvedType }) {
  const name = resolvedType instanceof protobuf.Enum ? "int32" : type;
  return SCALARS[/** @type {keyof typeof SCALARS} */ (name)];
}

/**
 * @param {protobuf.Type} type
 * @param {string} [oneof]
 */
function readerName({ name }, oneof = "") {
  return `read${name}${oneof.replace(/^./, (letter) => letter.toUpperCase())}`;
}

const files = { "protocol.d.ts": types(), "js/selfhosted/protocol.js": readers() };
for (const [name, text] of Object.entries(files)) {
  const filepath = `${root}${name}`;
  const options = await prettier.resolveConfig(filepath);
  const made = `// Generated from the .proto file by \`npm run protocol\`.\n\n${text}`;
  const formatted = await prettier.format(made, { ...options, filepath });
  if (!process.argv.includes("--check")) {
    writeFileSync(filepath, formatted);
  } else if (readFileSync(filepath, "utf8") !== formatted) {
    console.error(`${name} is out of date: run \`npm run protocol\``);
    process.exitCode = 1;
  }
}
