import { describe, expect, it } from "vitest";
import { RecordingError, RecordingUnavailableError, readRecordingBytes } from "../../index.js";
import { PROCESS } from "../support/box.js";

describe("RecordingError", () => {
  const error = new RecordingError("message", "box-death");
  it("is made by callers as by the package", () => {
    expect(error).toBeInstanceOf(Error);
    expect(Object.getOwnPropertyDescriptor(error, "name")?.value).toBe("RecordingError");
    expect(Object.getOwnPropertyDescriptor(error, "reason")?.value).toBe("box-death");
    expect(Object.getOwnPropertyDescriptor(error, "message")?.value).toBe("message");
    expect(`${error}`).toBe("RecordingError: message");
    expect("cause" in error).toBe(false);
  });
  it("takes a cause", () => {
    expect(new RecordingError("message", "box-death", { cause: 1 }).cause).toBe(1);
  });
});

describe("RecordingUnavailableError", () => {
  it("is made by callers as by the package", () => {
    const error = new RecordingUnavailableError("message");
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(RecordingError);
    expect(Object.getOwnPropertyDescriptor(error, "name")?.value).toBe("RecordingUnavailableError");
  });
  it("has a stack that leads to the caller", async () => {
    const error = await readRecordingBytes({}, PROCESS).catch((error) => error);
    expect(error.stack).toContain("readRecordingBytes");
  });
});
