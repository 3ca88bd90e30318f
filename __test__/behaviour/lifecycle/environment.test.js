import { describe, expect, it } from "vitest";
import { collectSandboxEnvironment, parseExposedPorts } from "../../../index.js";
import { rowsOf } from "../../support/table.js";

const AZURE =
  "ARM_CLIENT_ID ARM_CLIENT_SECRET ARM_TENANT_ID ARM_SUBSCRIPTION_ID AZURE_CLIENT_ID " +
  "AZURE_CLIENT_SECRET AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID AZURE_AUTHORITY_HOST";
const GITHUB =
  "GH_TOKEN GITHUB_TOKEN GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL";

/** Every variable, with its name as its value. */
const everything = new Proxy({}, { get: (_, name) => name });

/**
 * @param {string} profiles
 * @param {string} [allowed]
 * @param {Record<string, any>} [source]
 */
function collected(profiles, allowed = "", source = everything) {
  const settings = { sandboxPreparationProfiles: profiles, sandboxEnvAllowlist: allowed };
  return collectSandboxEnvironment(settings, source);
}

describe("the variables of a box", () => {
  it.each([
    ["none", "", ""],
    ["", "", ""],
    ["azure", "", AZURE],
    [" GitHub ", "", GITHUB],
    ["github,azure", "", `${GITHUB} ${AZURE}`],
    ["azure,azure", "", AZURE],
    ["none", "B, A,,B", "B A"],
    ["github", "EXTRA,GH_TOKEN", `${GITHUB} EXTRA`],
  ])("of the profiles %j and the list %j, in order", (profiles, allowed, names) => {
    const expected = names.split(" ").filter(Boolean);
    expect(Object.keys(collected(profiles, allowed))).toEqual(expected);
  });

  it("are those that are there and not empty", () => {
    const source = { A: "", B: " ", C: undefined, E: "e" };
    expect(collected("none", "A,B,C,D,E", source)).toEqual({ B: " ", E: "e" });
  });

  it("are none that every object inherits", () => {
    const found = collected("", "constructor,__proto__,toString", {});
    expect(Object.getOwnPropertyNames(found)).toEqual([]);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  it("are the process's own, unless others are given", () => {
    process.env["OPENGENI_TEST_VARIABLE"] = "v";
    try {
      const settings = {
        sandboxPreparationProfiles: "none",
        sandboxEnvAllowlist: "OPENGENI_TEST_VARIABLE",
      };
      expect(collectSandboxEnvironment(settings)).toEqual({ OPENGENI_TEST_VARIABLE: "v" });
    } finally {
      delete process.env["OPENGENI_TEST_VARIABLE"];
    }
  });

  it.each([
    [
      "none,github",
      "",
      "OPENGENI_SANDBOX_PREPARATION_PROFILES cannot combine none with other profiles",
    ],
    ["AWS", "", "Unknown sandbox preparation profile aws"],
    ["toString", "", "Unknown sandbox preparation profile tostring"],
    ["", "A-B", "sandbox env contains invalid variable name A-B"],
    ["", "1A", "sandbox env contains invalid variable name 1A"],
  ])("are refused for %j and %j", (profiles, allowed, message) => {
    expect(() => collected(profiles, allowed)).toThrow(new Error(message));
  });

  it("are refused for what is no text", () => {
    expect(() => collected(/** @type {any} */ (5))).toThrow(
      new TypeError("settings.sandboxPreparationProfiles must be a string, got 5"),
    );
  });
});

describe("exposed ports", () => {
  it.each(rowsOf("exposed-ports"))("%j", ({ list, ports }) => {
    if (ports === null) {
      const message = "OPENGENI_DOCKER_EXPOSED_PORTS must contain TCP port numbers";
      expect(() => parseExposedPorts(list)).toThrow(new Error(message));
    } else {
      expect(parseExposedPorts(list)).toEqual(ports);
    }
  });

  it("are read as Number() reads them", () => {
    const parts = ["0x", "1", "9", ".", "e", "E", "+", "-", "_", "Infinity", "b", "0b1", "f"];
    for (let seed = 1, left = 2000; left > 0; left--) {
      let text = "";
      for (let length = 1 + (seed % 4); length > 0; length--) {
        seed = (seed * 48271) % 2147483647;
        text += parts[seed % parts.length];
      }
      const number = Number(text);
      const isPort = Number.isInteger(number) && number >= 1 && number <= 65535;
      const read = () => parseExposedPorts(text);
      if (isPort) expect(read(), text).toEqual([number]);
      else expect(read, text).toThrow(Error);
    }
  });

  it("are a new array each time", () => {
    expect(parseExposedPorts("1")).not.toBe(parseExposedPorts("1"));
  });

  it("are refused for what is no text", () => {
    const read = () => parseExposedPorts(/** @type {any} */ (undefined));
    expect(read).toThrow(new TypeError("raw must be a string, got nothing"));
  });
});
