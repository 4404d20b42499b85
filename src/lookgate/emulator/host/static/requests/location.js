// @ts-check
/** Links: to another page of Looker, or to a new window. Never elsewhere in this window. */

/** @param {string} flag @param {string} what */
const refusal = (flag, what) => `Extension not entitled to ${what}. Add ${flag}: yes to its entitlements in manifest.lkml.`;

/** @type {import('../types').Handler} */
export const updateLocation = async (frame, { url: text, state, target }, signal) => {
  const url = destination(text);
  const isLooker = url.origin === location.origin;
  if (!target || target === '_self' || target === '_top' || target === '_parent') {
    if (!frame.boot.flags.navigation) throw refusal('navigation', 'navigate');
    if (!isLooker) throw `Extension not entitled to leave Looker for ${url.origin}. Open it in a new window.`;
    const next = url.pathname + url.search + url.hash;
    if (state !== undefined) history.pushState({ extensionState: state }, '', next);
    if (state === undefined) location.assign(next);
    else location.reload();
    return;
  }
  if (!frame.boot.flags.new_window) throw refusal('new_window', 'open new windows');
  const allowed = isLooker ? url.href : await frame.ask('window_allowed', { url: url.href }, signal);
  window.open(allowed, '_blank', 'noopener');
};

/** @param {unknown} text */
function destination(text) {
  let url;
  try {
    url = new URL(String(text), location.origin);
  } catch {
    throw 'Extension asked to open something that is no URL.';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw `Extension not entitled to open ${url.protocol} addresses.`;
  return url;
}
