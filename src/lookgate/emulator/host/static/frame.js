// @ts-check
/** One extension in one frame: made, connected, greeted, served. */

import { Connection, isSyn, NOTIFICATION, sentence } from './chatty.js';
import * as dashboard from './dashboard.js';
import * as notices from './notices.js';
import { handle } from './requests/index.js';
import * as route from './route.js';
import * as server from './server.js';

const HANDSHAKE_MILLISECONDS = 30_000;
/** From the end of loading until somebody is told that nothing came; and from an error in the bundle. */
const PATIENCE_MILLISECONDS = { loaded: 5_000, broken: 1_000 };

/**
 * Turn a placeholder into a running extension. Never rejects: what goes wrong is shown in its place.
 * @param {HTMLElement} element carries data-extension, data-mount and perhaps data-host-type and data-context
 */
export async function mount(element) {
  if (element.dataset.state) return; // a tile that came late is found by the page and by its loader
  element.dataset.state = 'loading';
  style();
  element.classList.add('host-mount');
  const { extension: id = '', mount: point = 'standalone', hostType = 'standard' } = element.dataset;
  try {
    const boot = await server.boot(id, point, hostType);
    open(id, element, boot, context(element));
  } catch (error) {
    element.dataset.state = 'failed';
    element.querySelector('.loading')?.remove();
    const message = document.createElement('p');
    message.className = 'host-notice host-problem';
    message.setAttribute('role', 'alert');
    message.textContent = sentence(error);
    element.append(message);
  }
}

/** Load the host's style sheet, once. */
function style() {
  const href = '/host/static/host.css';
  if (document.querySelector(`link[href="${href}"]`)) return;
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = href;
  document.head.append(sheet);
}

/** @param {HTMLElement} element @returns {import('./types').MountContext} */
function context(element) {
  const text = element.dataset.context;
  if (!text) return {};
  const value = JSON.parse(text);
  return typeof value === 'object' && value !== null ? value : {};
}

/**
 * @param {string} id
 * @param {HTMLElement} element
 * @param {import('./types').Boot} boot
 * @param {import('./types').MountContext} given
 */
function open(id, element, boot, given) {
  /** @type {Connection | undefined} */
  let connection;
  let greeted = false;
  let problem = '';
  /** @type {import('./types').Frame} */
  const frame = {
    id,
    element,
    boot,
    ask: (action, body, signal) => server.ask(id, boot.csrf, action, body, signal),
    notify: (type, payload) => {
      if (greeted) connection?.send(NOTIFICATION, { type, payload });
    },
  };
  const iframe = document.createElement('iframe');
  iframe.title = boot.label;
  iframe.className = 'host-frame';
  for (const flag of boot.sandbox.split(' ')) iframe.sandbox.add(flag);
  iframe.allow = boot.allow;
  iframe.src = boot.frameUrl;

  const listen = (/** @type {MessageEvent} */ event) => {
    const port = event.ports[0];
    if (event.source !== iframe.contentWindow || !isFromFrame(event, boot)) return;
    if (!connection && typeof event.data?.problem === 'string') return broken(event.data.problem, event.data.isFinal === true);
    if (!isSyn(event.data) || !port) return;
    connection?.close(); // the extension was reloaded
    greeted = false;
    dismiss();
    element.dataset.state = 'loading';
    const current = (connection = new Connection(port, (request, signal) => handle(frame, request, signal), () => void greet(current)));
    setTimeout(() => fail(current, `it did not answer within ${HANDSHAKE_MILLISECONDS / 1000} seconds.`), HANDSHAKE_MILLISECONDS);
  };

  let dismiss = () => {};

  /** @param {string} text @param {boolean} isFinal of an error in the frame, before its extension said anything */
  function broken(text, isFinal) {
    problem ||= text;
    if (isFinal) silent();
    else setTimeout(silent, PATIENCE_MILLISECONDS.broken);
  }

  /** Nothing came from the frame: say what is known, or what usually is the cause. */
  function silent() {
    if (connection || element.dataset.state === 'failed') return;
    element.dataset.state = 'failed';
    const cause = problem || 'its bundle ran, but never called connectExtensionHost() of @looker/extension-sdk. Is it the right file?';
    dismiss = notices.show(frame, `The extension did not start: ${cause}`, { kind: 'problem' });
  }

  /** @param {Connection} current */
  async function greet(current) {
    try {
      const answer = await current.ask(NOTIFICATION, { type: 'INITIALIZE', payload: route.initial(frame) });
      if (current !== connection) return;
      if (answer?.errorMessage) throw answer.errorMessage;
      greeted = true;
      element.dataset.state = 'connected';
      dashboard.join(frame, given);
    } catch (error) {
      fail(current, sentence(error));
    }
  }

  /** @param {Connection} current @param {string} reason of a connection that should be greeted by now */
  function fail(current, reason) {
    if (current !== connection || greeted || element.dataset.state === 'failed') return;
    element.dataset.state = 'failed';
    notices.show(frame, `The extension did not start: ${reason}`, { kind: 'problem' });
  }

  window.addEventListener('message', listen);
  iframe.addEventListener('load', () => setTimeout(silent, PATIENCE_MILLISECONDS.loaded));
  route.follow(frame);
  element.querySelector('.loading')?.remove();
  element.append(iframe);
}

/**
 * A sandboxed frame speaks from the origin "null", one with same-origin permission from the sandbox origin.
 * @param {MessageEvent} event
 * @param {import('./types').Boot} boot
 */
function isFromFrame(event, boot) {
  return event.origin === (boot.sandbox.includes('allow-same-origin') ? new URL(boot.frameUrl).origin : 'null');
}
