// What the old module imports from "@opengeni/contracts".
export const DESKTOP_STREAM_PORT = 6080;
