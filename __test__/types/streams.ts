// Callers of streams, desktops and terminals, compiled against the public types. Nothing here runs.
import {
  DEFAULT_DESKTOP_GEOMETRY,
  DISPLAY_STACK_TIMEOUT_MS,
  DisplayStackError,
  DisplayStackUnsupportedError,
  STREAM_PORT,
  STREAM_TOKEN_DEFAULT_TTL_SECONDS,
  StreamTokenPayload,
  TERMINAL_SERVER_TIMEOUT_MS,
  TerminalServerError,
  TerminalServerUnsupportedError,
  buildDisplayStackScript,
  buildTerminalServerScript,
  ensureDisplayStack,
  ensureTerminalServer,
  exposeStreamPort,
  mintStreamToken,
  tearDownDisplayStack,
  tearDownTerminalServer,
  verifyStreamToken,
} from "@opengeni/runtime-native/sandbox";
import type {
  DisplayStackStage,
  StreamTokenError,
  StreamTokenIssue,
  StreamTokenParsed,
  StreamTokenSchema,
  TerminalServerStage,
  DesktopGeometry,
  EnsureDisplayStackOptions,
  EnsureDisplayStackResult,
  EnsureTerminalServerOptions,
  EnsureTerminalServerResult,
  ExposeStreamPortInput,
  ExposeStreamPortResult,
  MintStreamTokenInput,
  StreamTokenPayloadType,
} from "@opengeni/runtime-native/sandbox";

declare const session: { exec(args: { cmd: string }): Promise<{ output: string }> };

export async function watch() {
  const viewer = { workspaceId: "w", sessionId: "s", viewerId: "v", leaseEpoch: 0 };
  const input: MintStreamTokenInput = { ...viewer, mode: "control", ttlSeconds: undefined };
  const token: string = await mintStreamToken("secret", input);
  const claims: StreamTokenPayloadType | null = await verifyStreamToken("secret", token, 1);
  const same: StreamTokenPayload | null = claims;
  if (same) {
    const mode: "view" | "control" = same.mode;
    void mode;
  }
  // @ts-expect-error A mode that there is not.
  void mintStreamToken("secret", { ...viewer, mode: "watch" });
  // @ts-expect-error Without a viewer.
  void mintStreamToken("secret", { workspaceId: "w", sessionId: "s", leaseEpoch: 0 });

  const parsed = StreamTokenPayload.safeParse({});
  if (parsed.success) {
    const exp: number = parsed.data.exp;
    void exp;
  } else {
    const name: "ZodError" = parsed.error.name;
    const messages: string[] = parsed.error.issues.map(({ message, path }) => path + message);
    void [name, messages];
  }
  const payload: StreamTokenPayload = StreamTokenPayload.parse({});
  const validated = await StreamTokenPayload["~standard"].validate(payload);
  if (!validated.issues) {
    const value: StreamTokenPayload = validated.value;
    void value;
  }

  const stream: ExposeStreamPortInput = { ...viewer, streamTokenSecret: "s", resolution: [1, 1] };
  const exposed: ExposeStreamPortResult = await exposeStreamPort(session, stream);
  const terminal = { ...exposed, transport: "pty-ws", client: "xterm" };
  void terminal;

  const geometry: DesktopGeometry = DEFAULT_DESKTOP_GEOMETRY;
  // @ts-expect-error It is frozen.
  DEFAULT_DESKTOP_GEOMETRY.width = 1;
  const options: EnsureDisplayStackOptions = { geometry, port: STREAM_PORT };
  const desktop: EnsureDisplayStackResult = await ensureDisplayStack(session, options);
  const shell: EnsureTerminalServerOptions = { timeoutMs: TERMINAL_SERVER_TIMEOUT_MS };
  const up: EnsureTerminalServerResult = await ensureTerminalServer(session, shell);
  const commands: string[] = [buildDisplayStackScript(options), buildTerminalServerScript()];
  const nothing: void = await tearDownDisplayStack(session);
  void [desktop.marker, up.port, commands, nothing, DISPLAY_STACK_TIMEOUT_MS];
  void [STREAM_TOKEN_DEFAULT_TTL_SECONDS, await tearDownTerminalServer(session)];
}

const failed = new DisplayStackError(11, "output");
const stage: "xvfb" | "x11vnc" | "websockify" | "unknown" = failed.stage;
const ttyd: "ttyd" | "unknown" = new TerminalServerError(14).stage;
void [stage, ttyd, failed.exitCode];
for (const Unsupported of [DisplayStackUnsupportedError, TerminalServerUnsupportedError]) {
  void new Unsupported("message").message;
}

const schema: StreamTokenSchema = StreamTokenPayload;
const parsed: StreamTokenParsed = schema.safeParse({});
const refused: StreamTokenError | undefined = parsed.success ? undefined : parsed.error;
const [issue]: StreamTokenIssue[] = refused?.issues ?? [];
const stages: [DisplayStackStage, TerminalServerStage] = ["xvfb", "ttyd"];
void [issue?.message, ...stages];
