// What is required when it is needed. Tools that trace, bundle or copy a program read the names off the
// text, so each name is written out. What is in a `try` may be missing.

/**
 * The binary of each platform. Of the two for Linux, only the right one loads.
 *
 * @typedef {(failed: (error: unknown) => undefined) => any} Binary
 * @type {Record<string, Binary>}
 */
exports.binaries = {
  "linux-x64-gnu": (failed) => {
    try {
      return require("@opengeni/runtime-native-linux-x64-gnu");
    } catch (error) {
      return failed(error);
    }
  },
  "linux-x64-musl": (failed) => {
    try {
      return require("@opengeni/runtime-native-linux-x64-musl");
    } catch (error) {
      return failed(error);
    }
  },
  "linux-arm64-gnu": (failed) => {
    try {
      return require("@opengeni/runtime-native-linux-arm64-gnu");
    } catch (error) {
      return failed(error);
    }
  },
  "linux-arm64-musl": (failed) => {
    try {
      return require("@opengeni/runtime-native-linux-arm64-musl");
    } catch (error) {
      return failed(error);
    }
  },
  "darwin-x64": (failed) => {
    try {
      return require("@opengeni/runtime-native-darwin-x64");
    } catch (error) {
      return failed(error);
    }
  },
  "darwin-arm64": (failed) => {
    try {
      return require("@opengeni/runtime-native-darwin-arm64");
    } catch (error) {
      return failed(error);
    }
  },
  "win32-x64-msvc": (failed) => {
    try {
      return require("@opengeni/runtime-native-win32-x64-msvc");
    } catch (error) {
      return failed(error);
    }
  },
  "win32-arm64-msvc": (failed) => {
    try {
      return require("@opengeni/runtime-native-win32-arm64-msvc");
    } catch (error) {
      return failed(error);
    }
  },
};

/** The CommonJS build of the SDK, which is an optional peer. */
exports.sdk = () => {
  try {
    return require("@openai/agents/sandbox");
  } catch (error) {
    throw error;
  }
};

/**
 * What has no name before the program runs: a path, or a provider's part of the SDK.
 *
 * @param {string} name
 */
exports.byName = (name) => require(name);
