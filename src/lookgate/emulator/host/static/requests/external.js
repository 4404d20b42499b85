// @ts-check
/** Backends outside Looker: through the server, from this page, or by signing in at a third party. */

import { authenticate, exchangeCode } from './oauth2.js';

/** @type {import('../types').Handler} */
export const invokeExternalApi = (frame, { type, payload }, signal) => {
  switch (type) {
    case 'server-proxy':
      return frame.ask('server_proxy', pick(payload), signal);
    case 'fetch':
      return fetchProxy(frame, pick(payload), signal);
    case 'oauth2_authenticate':
      return authenticate(frame, payload, signal);
    case 'oauth2_exchange_code':
      return exchangeCode(frame, payload, signal);
    default:
      throw `The host does not know external calls of the type ${type}.`;
  }
};

/** @param {any} payload */
const pick = (payload) => ({ resource: payload?.resource, init: payload?.init, responseBodyType: payload?.responseBodyType });

/**
 * The browser's own fetch, from Looker's origin: CORS applies, and redirects are refused because only this URL was checked.
 * @param {import('../types').Frame} frame
 * @param {{resource: string, init?: any, responseBodyType?: string}} request
 * @param {AbortSignal} signal
 */
async function fetchProxy(frame, { resource, init, responseBodyType }, signal) {
  const url = await frame.ask('fetch_allowed', { resource }, signal);
  const { method, headers, body } = init ?? {};
  const credentials = isThisMachine(url) ? 'omit' : init?.credentials;
  let response;
  try {
    response = await fetch(url, { method, headers, body, credentials, redirect: 'error', referrerPolicy: 'origin', signal });
  } catch (error) {
    throw signal.aborted ? 'Abort' : `Failed to fetch ${url}: it did not answer, redirected, or does not allow this origin (CORS).`;
  }
  return shape(response, responseBodyType);
}

/**
 * Cookies know hosts, not ports: with credentials, a backend on this machine would get the local Looker's own session.
 * @param {string} url
 */
function isThisMachine(url) {
  const { hostname } = new URL(url);
  return hostname === location.hostname || /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\]|\[::ffff:7f.*\]|0\.0\.0\.0)$/.test(hostname);
}

/** @param {Response} response @param {string} [bodyType] json, text, or by content type */
export async function shape(response, bodyType) {
  const text = await response.text();
  const contentType = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isJson = bodyType === 'json' || (bodyType !== 'text' && (contentType === 'application/json' || contentType.endsWith('+json')));
  return {
    ok: response.ok,
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: isJson ? parsed(text) : text,
  };
}

/** @param {string} text as JSON, or as it is when it is none */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
