// @ts-check
/** The part of the address after the extension's id: the extension's own route, kept in the browser's history. */

/** @param {import('./types').Frame} frame */
const isWholePage = (frame) => frame.boot.hostData.mountPoint === 'standalone';

/** @param {import('./types').Frame} frame @returns {string} `/extensions/project::application` as the address writes it */
function prefix(frame) {
  const parts = location.pathname.split('/'); // the id is the second, or the third below /embed
  const place = parts.findIndex((part, index) => (index === 2 || index === 3) && plain(part) === frame.id);
  return place < 0 ? `/extensions/${encodeURIComponent(frame.id)}` : parts.slice(0, place + 1).join('/');
}

/** @param {string} part of a path; one with a broken escape stays as it is */
function plain(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @param {import('./types').Frame} frame @returns {string} the route, empty at the extension's own address */
function current(frame) {
  const start = prefix(frame);
  if (!isWholePage(frame) || !location.pathname.startsWith(start)) return '';
  const path = location.pathname.slice(start.length);
  return path + location.search + location.hash;
}

/** @param {import('./types').Frame} frame @returns {import('./types').HostData} what INITIALIZE says */
export function initial(frame) {
  const route = current(frame);
  const data = { ...frame.boot.hostData };
  if (data.contextData === null) delete data.contextData;
  return route ? { ...data, route: route.startsWith('/') ? route : `/${route}`, routeState: history.state?.extensionState } : data;
}

/** @param {import('./types').Frame} frame tell the extension when the person goes back or forward */
export function follow(frame) {
  if (!isWholePage(frame)) return;
  window.addEventListener('popstate', (event) => {
    const route = current(frame) || '/';
    frame.notify('ROUTE_CHANGED', { route: route.startsWith('/') ? route : `/${route}`, routeState: event.state?.extensionState });
  });
}

/**
 * The extension went somewhere: the address follows.
 * @param {import('./types').Frame} frame
 * @param {{route?: unknown, routeState?: unknown}} payload
 */
export function changed(frame, { route, routeState }) {
  if (!isWholePage(frame) || typeof route !== 'string') return;
  const start = prefix(frame);
  const url = new URL(start + (route.startsWith('/') ? route : `/${route}`), location.origin);
  if (url.origin !== location.origin || !url.pathname.startsWith(`${start}/`)) throw 'A route stays inside the extension.';
  const state = { extensionState: routeState };
  const next = url.pathname + url.search + url.hash;
  if (next === location.pathname + location.search + location.hash) history.replaceState(state, '', next);
  else if (next === `${start}/` && location.pathname === start) history.replaceState(state, '', next);
  else history.pushState(state, '', next);
}
