// A scripted session with one healthy recording on its box.

/**
 * @param {Uint8Array} video
 * @param {(result: { output: string, stdout: string, stderr: string, exitCode: number }) => any} [put]
 */
export function boxWith(video, put = (result) => result) {
  const base64 = Buffer.from(video).toString("base64");
  /** @type {string[]} */
  const commands = [];
  return {
    commands,
    /** @param {{ cmd: string }} args */
    async exec({ cmd }) {
      commands.push(cmd);
      const printed = cmd.includes("stat -c")
        ? `${video.length}\n`
        : cmd.includes("base64")
          ? base64
          : "";
      return put({ output: printed, stdout: printed, stderr: "", exitCode: 0 });
    },
  };
}

/** @param {number} length */
export function videoOf(length) {
  const video = new Uint8Array(length);
  for (let at = 0; at < length; at++) video[at] = (at * 31 + (at >> 8)) & 0xff;
  return video;
}

/** @type {import("../../index.js").RecordingProcess} */
export const PROCESS = {
  recordingId: "r1",
  codec: "h264-mp4",
  boxPath: "/tmp/og-rec-r1.mp4",
  pidFile: "/tmp/og-rec-r1.pid",
  dimensions: [1280, 800],
  framerate: 15,
  startedAt: 1_699_999_990_000,
  display: ":0",
};
