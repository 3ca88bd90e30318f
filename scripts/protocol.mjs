// Makes of the .proto file what JavaScript has of the protocol: the public types, and the readers of
// the tape that the core decodes a reply to. `--check` tells whether both are as they were made.
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

/** The types of TypeScript that scalars have, and the readers of the tape. */
const SCALARS = /** @type {const} */ ({
  string: ["string", "text"],
  bytes: ["Uint8Array", "bytes"],
  bool: ["boolean", "flag"],
  double: ["number", "double"],
  int32: ["number", "int32"],
  uint32: ["number", "uint32"],
  // JavaScript's numbers do not have 64 bits.
  int64: ["string", "text"],
  uint64: ["string", "text"],
});

const TYPES_HEAD = `/**
 * The messages of the control protocol, as \`ControlRpc\` passes them.
 *
 * A oneof is \`{ $case, [$case]: … }\`; 64-bit numbers are decimal text; enums are numbers, unknown ones
 * included; bytes of a decoded message are views of the reply they came in. A message that is
 * decoded has every key; one that is absent is \`undefined\`.
 *
 * @packageDocumentation
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
 * What the values of an enum are.
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
 * A comment of the .proto file, as one of TypeScript.
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

/** The readers of all messages that a response holds, and what requests are made of. */
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
 * The function that reads a message, in the order that the core has put its fields in.
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
 * A value that is there.
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
 * How operations are taken apart. Only their own fields are looked at.
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
    return `["${name}", { values: ${parameter} => [${values.join(", ")}]${bytes.join("")} }],`;
  });
  return `
    /**
     * @typedef {object} Parts What an operation is made of.
     * @property {(member: any) => unknown[]} values Those of its fields in order, with \`null\` for bytes.
     * @property {(member: any) => unknown} [bytes] The content of its field of bytes.
     */

    /** @type {[name: string, parts: Parts][]} */
    const operations = [${entries.join("\n")}];

    /** @type {ReadonlyMap<unknown, Parts>} */
    export const OPERATIONS = new Map(operations);`;
}

/**
 * The messages that one holds, itself first.
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
 * The fields that are in no oneof.
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
  const made = `// Made of the .proto file by \`npm run protocol\`.\n\n${text}`;
  const formatted = await prettier.format(made, { ...options, filepath });
  if (!process.argv.includes("--check")) {
    writeFileSync(filepath, formatted);
  } else if (readFileSync(filepath, "utf8") !== formatted) {
    console.error(`${name} is not what \`npm run protocol\` makes of the .proto file`);
    process.exitCode = 1;
  }
}
