import { ask } from "../driver.js";
import { SelfhostedControlError } from "../errors.js";
import { deliveryOf, optionsOf } from "./failures.js";
import { numeric, text } from "../text.js";

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
  return ask("subjectFor", workspaceId, agentId);
}

/**
 * @param {AgentError} err
 * @returns {SelfhostedControlError}
 */
export function agentErrorToControlError(err) {
  const { code, message, retryable, detail } = err;
  const words = /** @type {const} */ ([text(message) ?? "", Boolean(retryable), deliveryOf(err)]);
  const meaning = ask("controlError", numeric(code), ...words);
  return new SelfhostedControlError({
    ...{ ...meaning, ...optionsOf(err) },
    ...{ code, detail: detail ?? {} },
  });
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
  return { requestId, error: offlineAgentError(), result: undefined };
}

/**
 * @param {string} requestId
 * @returns {ControlResponse}
 */
export function timeoutControlResponse(requestId) {
  return { requestId, error: timeoutAgentError(), result: undefined };
}

/**
 * An error in the agent's name.
 *
 * @param {Omit<AgentError, "detail">} error
 * @param {string} [message] In place of the error's own.
 * @returns {AgentError}
 */
function agentError(error, message = error.message) {
  const { code, retryable } = error;
  return { code, message, retryable, detail: {} };
}
