// Which scripts the engine loads.
import { Session } from "node:inspector";

/**
 * Watches from now on.
 *
 * @returns {{ urls: string[], stop(): void }} The scripts, those that were there before too.
 */
export function watchScripts() {
  const session = new Session();
  session.connect();
  /** @type {string[]} */
  const urls = [];
  session.on("Debugger.scriptParsed", ({ params: { url } }) => void urls.push(url));
  // What was there before is told of at once.
  session.post("Debugger.enable");
  return { urls, stop: () => session.disconnect() };
}
