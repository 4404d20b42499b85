// @ts-check
/** What an extension keeps: in this browser, in its user attributes, in the shared context, on the clipboard. */

/** @param {import('../types').Frame} frame @param {'local_storage' | 'use_clipboard'} flag @param {string} what */
function need(frame, flag, what) {
  if (!frame.boot.flags[flag]) {
    throw `Extension not entitled to ${what}. Add ${flag}: yes to its entitlements in manifest.lkml.`;
  }
}

/** @type {import('../types').Handler} */
export const localStorage = (frame, { type, name, value }) => {
  need(frame, 'local_storage', 'access local storage');
  if (typeof name !== 'string') throw 'Local storage needs a text as name.';
  const key = JSON.stringify(['extension', frame.boot.userId, frame.id, name]);
  switch (type) {
    case 'get':
      return window.localStorage.getItem(key);
    case 'set':
      window.localStorage.setItem(key, String(value ?? ''));
      return true;
    case 'remove':
      window.localStorage.removeItem(key);
      return true;
    default:
      throw 'Local storage can get, set or remove.';
  }
};

/** @type {import('../types').Handler} */
export const userAttribute = async (frame, { type, name, value }, signal) => {
  const answer = await frame.ask('user_attribute', { type, name, value }, signal);
  return type === 'reset' ? undefined : answer;
};

/** @type {import('../types').Handler} */
export const contextData = async (frame, { type, contextData: text }, signal) =>
  (await frame.ask('context_data', { type, contextData: text }, signal)) ?? undefined;

/** @type {import('../types').Handler} */
export const clipboard = async (frame, { type, value }) => {
  need(frame, 'use_clipboard', 'write to the clipboard');
  if (type !== 'write' || typeof value !== 'string') throw 'The clipboard takes a text to write.';
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    throw 'The browser did not let Looker write to the clipboard. Click in the extension and try again.';
  }
};
