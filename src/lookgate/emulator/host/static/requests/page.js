// @ts-check
/** What an extension does to the page around it. */

import * as notices from '../notices.js';
import * as route from '../route.js';

/** @type {import('../types').Handler} */
export const routeChanged = (frame, payload) => route.changed(frame, payload);

/** @type {import('../types').Handler} */
export const updateTitle = (frame, { title }) => {
  if (frame.boot.hostData.mountPoint === 'standalone') document.title = String(title);
  else frame.element.dispatchEvent(new CustomEvent('host:title', { detail: { title: String(title) }, bubbles: true }));
};

/** @type {import('../types').Handler} */
export const trackAction = (frame, { name, trackAction: action, attributes }) => {
  console.info('extension %s tracked %s %s', frame.id, name, action, attributes);
  frame.element.dispatchEvent(new CustomEvent('host:track', { detail: { name, action, attributes }, bubbles: true }));
};

// Browsers say this of a chart that draws in answer to its own new size: nothing is broken, the next frame delivers.
const BENIGN = /^(Uncaught )?ResizeObserver loop (completed with undelivered notifications|limit exceeded)\.?$/;

/** @type {import('../types').Handler} */
export const errorEvent = (frame, { message, filename, lineno }) => {
  if (BENIGN.test(String(message))) return;
  const place = filename ? ` (${filename}${lineno ? `:${lineno}` : ''})` : '';
  notices.show(frame, `${message}${place}`, { kind: 'problem', title: 'The extension reported an error' });
};

/** @type {import('../types').Handler} */
export const rendered = (frame, { failureMessage }) => {
  frame.element.dataset.rendered = failureMessage ? 'failed' : 'yes';
  if (failureMessage) notices.show(frame, String(failureMessage), { kind: 'problem', title: 'The extension could not be drawn' });
};

/** @type {import('../types').Handler} */
export const closeHostPopovers = () => {
  for (const open of document.querySelectorAll('details[data-menu][open]')) open.removeAttribute('open');
  for (const dialog of document.querySelectorAll('dialog[open]')) if (dialog instanceof HTMLDialogElement) dialog.close();
  for (const popover of document.querySelectorAll('[popover]:popover-open')) if (popover instanceof HTMLElement) popover.hidePopover();
};

/** @type {import('../types').Handler} */
export const spartanLogout = async (frame) => {
  if (frame.boot.hostData.hostType !== 'spartan') throw 'Signing out from an extension works only below /spartan.';
  await frame.ask('logout', {});
  location.assign('/');
};

/** @type {import('../types').Handler} */
export const unloaded = (frame) => {
  frame.element.dataset.state = 'unloaded';
};
