import {
  StreamPortUnavailableError,
  ensureDisplayStack,
  exposeStreamPort,
} from "@opengeni/runtime/sandbox";
import type { ExposeStreamPortInput, ExposeStreamPortResult } from "@opengeni/runtime/sandbox";

/** Where a viewer sees the desktop of a box, or `null` where the box cannot be reached. */
export async function viewed(
  session: unknown,
  input: ExposeStreamPortInput,
): Promise<ExposeStreamPortResult | null> {
  await ensureDisplayStack(session);
  try {
    return await exposeStreamPort(session, input);
  } catch (error) {
    if (error instanceof StreamPortUnavailableError) return null;
    throw error;
  }
}
