import { ask } from "../driver.js";
import { SelfhostedControlError } from "../errors.js";
import { numeric, text, worded } from "../text.js";

/**
 * @typedef {import("../../index.js").AgentError} AgentError
 * @typedef {import("../../index.js").ControlResponse} ControlResponse
 */

/**
 * @param {string} workspaceId
 * @param {string} agentId
 * @returns {string}
 */
export function subjectFor(workspaceId, agentId) {
  return ask("subjectFor", worded(workspaceId), worded(agentId));
}

/**
 * @param {AgentError} err
 * @returns {SelfhostedControlError}
 */
export function agentErrorToControlError(err) {
  const { code, message, retryable, detail } = err;
  const meaning = ask("controlError", numeric(code), text(message) ?? "", Boolean(retryable));
  return new SelfhostedControlError({ ...meaning, code, detail: detail ?? {} });
}

/**
 * @param {string} [message]
 * @returns {AgentError}
 */
export function offlineAgentError(message) {
  return agentError(ask("offlineAgentError"), message);
}

/**
 * @param {string} [message]
 * @returns {AgentError}
 */
export function timeoutAgentError(message) {
  return agentError(ask("timeoutAgentError"), message);
}

/**
 * @param {string} requestId
 * @returns {ControlResponse}
 */
export function offlineControlResponse(requestId) {
  return errorResponse(requestId, offlineAgentError());
}

/**
 * @param {string} requestId
 * @returns {ControlResponse}
 */
export function timeoutControlResponse(requestId) {
  return errorResponse(requestId, timeoutAgentError());
}

/**
 * A response in the agent's name.
 *
 * @param {string} requestId
 * @param {Omit<AgentError, "detail">} error
 * @returns {ControlResponse}
 */
export function errorResponse(requestId, error) {
  return { requestId, error: agentError(error), result: undefined };
}

/**
 * @param {Omit<AgentError, "detail">} error
 * @param {string} [message] In place of the error's own.
 * @returns {AgentError}
 */
function agentError(error, message = error.message) {
  const { code, retryable } = error;
  return { code, message, retryable, detail: {} };
}
