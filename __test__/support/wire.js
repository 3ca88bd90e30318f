// Messages of the wire by protobufjs, from the same .proto file, in the form they have in JavaScript.
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";

const PROTO = fileURLToPath(
  new URL("../../proto/opengeni/agent/v1/control.proto", import.meta.url),
);
const protocol = protobuf.loadSync(PROTO).lookup("opengeni.agent.v1");
export const ControlRequest = lookup("ControlRequest");
export const ControlResponse = lookup("ControlResponse");

/** @param {string} name */
function lookup(name) {
  return /** @type {protobuf.NamespaceBase} */ (protocol).lookupType(name);
}

/**
 * The bytes of a message that is given in JavaScript's form.
 *
 * @param {protobuf.Type} type
 * @param {any} shape
 */
export function encode(type, shape) {
  return Uint8Array.from(type.encode(type.fromObject(flat(type, shape))).finish());
}

/**
 * A message in JavaScript's form, of its bytes.
 *
 * @param {protobuf.Type} type
 * @param {Uint8Array} bytes
 */
export function decode(type, bytes) {
  return shaped(type, type.decode(bytes));
}

/**
 * The same message with its oneofs spread out, as protobufjs has them.
 *
 * @param {protobuf.Type} type
 * @param {any} shape
 * @returns {any}
 */
function flat(type, shape) {
  const fields = type.fieldsArray.filter((field) => !field.partOf).map((field) => field.name);
  const members = type.oneofsArray.flatMap(({ name }) => shape[name]?.$case ?? []);
  /** @type {any} */
  const message = {};
  for (const name of [...fields, ...members]) {
    const field = /** @type {protobuf.Field} */ (type.fields[name]).resolve();
    const holder = field.partOf ? shape[field.partOf.name] : shape;
    const value = holder[name];
    if (value !== undefined) message[name] = each(field, value, flat);
  }
  return message;
}

/**
 * @param {protobuf.Type} type
 * @param {any} message
 * @returns {any}
 */
function shaped(type, message) {
  /** @type {any} */
  const shape = {};
  for (const field of type.fieldsArray) {
    if (field.partOf) continue;
    const value = message[field.resolve().name];
    const isAbsent = field.resolvedType instanceof protobuf.Type && !field.repeated && !value;
    shape[field.name] = isAbsent ? undefined : each(field, value, shaped);
  }
  for (const { name, fieldsArray } of type.oneofsArray) {
    const field = fieldsArray.find((field) => Object.hasOwn(message, field.name));
    shape[name] = field && {
      $case: field.name,
      [field.name]: each(field.resolve(), message[field.name], shaped),
    };
  }
  return shape;
}

/**
 * @param {protobuf.Field} field
 * @param {any} value
 * @param {(type: protobuf.Type, value: any) => any} convert
 * @returns {any}
 */
function each(field, value, convert) {
  if (field.map) return { ...value };
  if (field.repeated) return value.map((/** @type {any} */ item) => one(field, item, convert));
  return one(field, value, convert);
}

/**
 * @param {protobuf.Field} field
 * @param {any} value
 * @param {(type: protobuf.Type, value: any) => any} convert
 */
function one(field, value, convert) {
  if (field.resolvedType instanceof protobuf.Type) return convert(field.resolvedType, value);
  if (field.type.endsWith("int64")) return String(value);
  return field.type === "bytes" ? Uint8Array.from(value) : value;
}

/**
 * Any message in JavaScript's form.
 *
 * @param {protobuf.Type} type
 * @returns {fc.Arbitrary<any>}
 */
export function anyMessage(type) {
  const fields = type.fieldsArray.filter((field) => !field.partOf);
  const oneofs = type.oneofsArray.map(({ name, fieldsArray }) => [
    name,
    fc.oneof(...fieldsArray.map((field) => anyMember(field.resolve()))),
  ]);
  return fc.record(
    {
      ...Object.fromEntries(fields.map((field) => [field.name, anyField(field.resolve())])),
      ...Object.fromEntries(oneofs),
    },
    { noNullPrototype: true },
  );
}

/**
 * A member of a oneof, in JavaScript's form.
 *
 * @param {protobuf.Field} field
 * @returns {fc.Arbitrary<any>}
 */
export function anyMember(field) {
  return anyValue(field).map((value) => ({ $case: field.name, [field.name]: value }));
}

/**
 * @param {protobuf.Field} field
 * @returns {fc.Arbitrary<any>}
 */
function anyField(field) {
  const value = anyValue(field);
  // One entry alone, without defaults: what a map does with more is not the wire's concern.
  if (field.map) return fc.dictionary(FILLED, FILLED, { maxKeys: 1, noNullPrototype: true });
  if (field.repeated) return fc.array(value, { maxLength: 3 });
  return field.resolvedType instanceof protobuf.Type ? fc.option(value, { nil: undefined }) : value;
}

/** @param {protobuf.Field} field */
function anyValue({ resolvedType, type }) {
  if (resolvedType instanceof protobuf.Type) return anyMessage(resolvedType);
  // Values that the enum does not know are numbers as well.
  return resolvedType ? fc.integer({ min: 0, max: 20 }) : (SCALARS[type] ?? fc.constant(undefined));
}

const TEXT = fc.string({ unit: "binary" });
const FILLED = fc.string({ unit: "binary", minLength: 1 });

/** @type {Record<string, fc.Arbitrary<any>>} */
const SCALARS = {
  string: TEXT,
  bool: fc.boolean(),
  bytes: fc.uint8Array(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  uint32: fc.nat({ max: 2 ** 32 - 1 }),
  int32: fc.integer(),
};
