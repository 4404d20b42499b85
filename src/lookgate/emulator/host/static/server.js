// @ts-check
/** Calls of the host page to Looker's own server, for one extension. */

/** @param {string} id `project::application` @param {string} action */
const address = (id, action) => `/internal/extensions/${encodeURIComponent(id)}/${action}`;

/**
 * @param {Response} response
 * @returns {Promise<any>} the value; throws the plain sentence of a refusal
 */
async function value(response) {
  /** @type {{value?: unknown, error?: string} | null} */
  const shape = await response.json().catch(() => null);
  if (response.ok && shape) return shape.value;
  throw shape?.error ?? `Looker answered ${response.status}.`;
}

/**
 * @param {string} id
 * @param {string} mount
 * @param {string} hostType
 * @returns {Promise<import('./types').Boot>}
 */
export async function boot(id, mount, hostType) {
  const query = new URLSearchParams({ mount, host_type: hostType });
  return value(await fetch(`${address(id, 'boot')}?${query}`));
}

/**
 * @param {string} id
 * @param {string} csrf
 * @param {string} action
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function ask(id, csrf, action, body, signal) {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
  let response;
  try {
    response = await fetch(address(id, action), { method: 'POST', headers, body: JSON.stringify(body), signal });
  } catch (error) {
    throw signal?.aborted ? 'Abort' : 'Looker could not be reached.';
  }
  return value(response);
}
