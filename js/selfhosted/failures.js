// Responses in place of answers that did not come, and what is known of their requests beside them.
import { fieldOf, textIn } from "../fields.js";
import { messageOf } from "../text.js";

/**
 * @typedef {import("../../index.js").AgentError} AgentError
 * @typedef {import("../../index.js").ControlResponse} ControlResponse
 *
 * @typedef {object} Failure Why there is no answer, as the core tells it.
 * @property {Omit<AgentError, "detail">} error
 * @property {string} delivery How far the request came.
 * @property {string} [fault] What failed.
 */

/**
 * What is known of errors that are no agent's own. They stay plain data for those who pass them on.
 *
 * @type {WeakMap<object, { delivery: string, options: ErrorOptions }>}
 */
const known = new WeakMap();

/** The most causes of an error that are read. */
const MOST_CAUSES = 8;

/**
 * A response in place of an answer.
 *
 * @param {string} requestId
 * @param {Failure} failure
 * @param {unknown[]} thrown What was thrown, if anything was.
 * @returns {ControlResponse}
 */
export function failedResponse(requestId, { error, delivery, fault }, thrown = []) {
  /** @type {Record<string, string>} */
  const detail = {};
  /** @type {ErrorOptions} */
  const options = {};
  if (thrown.length > 0) {
    Object.assign(detail, { transport: fault, message: messageOf(thrown[0]) });
    options.cause = thrown[0];
  }
  const { code, message, retryable } = error;
  const agentError = { code, message, retryable, detail };
  known.set(agentError, { delivery, options });
  return { requestId, error: agentError, result: undefined };
}

/**
 * How far the request of an error came; `undefined` for an error of an agent's own.
 *
 * @param {any} agentError
 */
export function deliveryOf(agentError) {
  return known.get(agentError)?.delivery;
}

/**
 * The options of an error that is made of another one.
 *
 * @param {any} agentError
 * @returns {ErrorOptions}
 */
export function optionsOf(agentError) {
  return known.get(agentError)?.options ?? {};
}

/**
 * A thrown value and its causes, each with name, code and message.
 *
 * @param {unknown} error
 * @returns {[name: string | undefined, code: string | undefined, message: string][]}
 */
export function linksOf(error) {
  /** @type {ReturnType<typeof linksOf>} */
  const links = [];
  let link = error;
  do {
    links.push([textIn(link, "name"), textIn(link, "code"), messageOf(link)]);
    link = fieldOf(link, "cause");
  } while (link !== undefined && link !== null && links.length < MOST_CAUSES);
  return links;
}
