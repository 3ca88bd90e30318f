// What the old resolver imports from "../selfhosted/session": this package's own, so that both build
// the same sessions.
export { buildSelfhostedBackendSession } from "../../index.js";
