// @ts-check
/** Looker's API, called by the server as the user who is signed in. */

/** @type {import('../types').Handler} */
export const invokeCoreSdk = (frame, { httpMethod, path, params, body, options, apiVersion }, signal) =>
  frame.ask('core_api', { httpMethod, path, params, body, timeout: options?.timeout, apiVersion }, signal);

/** @type {import('../types').Handler} */
export const rawInvokeCoreSdk = async (frame, { httpMethod, path, params, body, apiVersion }, signal) => {
  const requestStarted = performance.now();
  const answer = await frame.ask('core_api_raw', { httpMethod, path, params, body, apiVersion }, signal);
  return { ...answer, requestStarted, responseCompleted: performance.now() };
};
