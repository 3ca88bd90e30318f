/**
 * What a session is.
 *
 * @module session
 */

/**
 * A session that runs commands: any object with `exec` or `execCommand`. Sessions of `@openai/agents` and
 * of its extensions are such objects, and so is a `RoutingSandboxSession`.
 */
export type CommandSession = {
  /** Runs a command. Preferred where the session has both methods. */
  exec?(args: CommandArgs): Promise<CommandResult | string>;
  /** Runs a command. Resolves to its output, with or without a banner that ends in a line `Output:`. */
  execCommand?(args: CommandArgs): Promise<string>;
};

/** The arguments with which a session's method is called. */
export type CommandArgs = {
  /** The command, for a shell. */
  cmd: string;
  /** The user that the command runs as. Default: the session's own. */
  runAs?: string | undefined;
  /** How long to wait for the command, in milliseconds. */
  yieldTimeMs: number;
  /** The most output to return, in tokens. `null`: the session's own limit. */
  maxOutputTokens: number | null;
};

/** The result of a command. Texts may also be bytes of UTF-8. */
export type CommandResult = {
  /** Everything that the command printed, as far as the session keeps it. */
  output?: string | Uint8Array | undefined;
  /** What the command printed to standard output. */
  stdout?: string | Uint8Array | undefined;
  /** What the command printed to standard error. */
  stderr?: string | Uint8Array | undefined;
  /** The exit code. Absent while the command runs. */
  exitCode?: number | null | undefined;
  /** The number of the process that still runs, for `writeStdin`. */
  sessionId?: number | undefined;
};

/**
 * The type of an argument that takes a {@link CommandSession}. Objects of any type are accepted, and so are
 * `unknown` and `any`. What can be no session does not compile: a number, a text, `undefined`, a promise
 * whose `await` was forgotten.
 */
export type SessionArgument<Session> = [Session] extends [
  PromiseLike<unknown> | string | number | bigint | boolean | symbol | null | undefined,
]
  ? CommandSession & object & { then?: never }
  : Session;

/** What is used of an `AbortSignal`, also where the types of neither Node.js nor the DOM are there. */
export type CallSignal = {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
};
