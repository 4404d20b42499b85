// @ts-check
/**
 * Sign-in at a third party in a window of its own, with Looker's page as redirect. The state is ours, random and used
 * once. With `code_challenge_method: 'S256'` the verifier stays here and is added when the code is exchanged.
 */

import * as notices from '../notices.js';
import { shape } from './external.js';

/** @type {Map<string, string>} code → PKCE verifier */
const verifiers = new Map();

const redirectUri = () => `${location.origin}/extensions/oauth2_redirect`;

/** @param {Uint8Array} bytes */
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/**
 * @param {import('../types').Frame} frame
 * @param {{authEndpoint: string, authParameters: Record<string, string>, httpMethod?: string}} payload
 * @param {AbortSignal} signal
 */
export async function authenticate(frame, { authEndpoint, authParameters, httpMethod }, signal) {
  const endpoint = await frame.ask('oauth2_allowed', { authEndpoint }, signal);
  const state = random();
  const verifier = authParameters.code_challenge_method === 'S256' ? random() : undefined;
  /** @type {Record<string, string>} */
  const parameters = { ...authParameters, redirect_uri: redirectUri(), state };
  if (verifier) {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    parameters.code_challenge = base64url(new Uint8Array(digest));
  }
  const message = { kind: 'go', state, endpoint, parameters, method: httpMethod === 'GET' ? 'GET' : 'POST' };
  const answer = await signIn(frame, message, signal);
  if (answer.error) throw answer.error_description || answer.error;
  if (verifier && answer.code) verifiers.set(answer.code, verifier);
  delete answer.state;
  return answer;
}

/**
 * @param {import('../types').Frame} frame
 * @param {{state: string, endpoint: string}} message
 * @param {AbortSignal} signal
 * @returns {Promise<Record<string, string>>}
 */
function signIn(frame, message, signal) {
  const channel = new BroadcastChannel('looker-oauth2');
  return new Promise((resolve, reject) => {
    const start = `/extensions/oauth2_start#${message.state}`;
    const open = () => window.open(start, '_blank', 'popup,width=520,height=640');
    const dismiss = notices.show(frame, `Waiting for you to sign in at ${new URL(message.endpoint).host}.`, {
      action: { label: 'Cancel', run: () => finish(() => reject('Sign-in was cancelled.')) },
    });
    /** @param {() => void} settle */
    const finish = (settle) => {
      channel.close();
      dismiss();
      settle();
    };
    channel.addEventListener('message', ({ data }) => {
      if (data?.state !== message.state) return;
      if (data.kind === 'ready') channel.postMessage(message);
      if (data.kind === 'answer') finish(() => resolve({ ...data.answer }));
    });
    signal.addEventListener('abort', () => finish(() => reject('Abort')));
    if (!open()) finish(() => reject('The sign-in window was blocked. Allow pop-ups for Looker and try again.'));
  });
}

/**
 * @param {import('../types').Frame} frame
 * @param {{authEndpoint: string, authParameters: Record<string, string>}} payload
 * @param {AbortSignal} signal
 */
export async function exchangeCode(frame, { authEndpoint, authParameters }, signal) {
  const code = authParameters?.code ?? '';
  const verifier = verifiers.get(code);
  if (!verifier) return frame.ask('oauth2_exchange_code', { authEndpoint, authParameters }, signal);
  verifiers.delete(code);
  const endpoint = await frame.ask('oauth2_allowed', { authEndpoint }, signal);
  const body = new URLSearchParams({ ...authParameters, redirect_uri: redirectUri(), code_verifier: verifier });
  let response;
  try {
    response = await fetch(endpoint, { method: 'POST', body, credentials: 'omit', redirect: 'error', headers: { accept: 'application/json' }, signal });
  } catch (error) {
    throw `Failed to fetch ${endpoint}: it did not answer, redirected, or does not allow this origin (CORS).`;
  }
  const { ok, status, body: token } = await shape(response, 'json');
  if (!ok) throw `The code could not be exchanged: ${token?.error_description || token?.error || status}.`;
  return token;
}
