// @ts-check
/** What the person at the host page sees of an extension's doings. */

/**
 * Show a notice above the frame until it is dismissed; the same text is not shown twice.
 * @param {import('./types').Frame} frame
 * @param {string} text
 * @param {{kind?: 'info' | 'problem', title?: string, group?: string, action?: {label: string, run: () => void}}} [options]
 * @returns {() => void} takes it away
 */
export function show(frame, text, { kind = 'info', title = '', group = '', action } = {}) {
  const list = listOf(frame.element);
  const same = [...list.children].find((item) => item instanceof HTMLElement && item.dataset.text === `${title}|${text}`);
  same?.remove();
  const item = document.createElement('div');
  item.className = `host-notice host-${kind}`;
  item.setAttribute('role', kind === 'problem' ? 'alert' : 'status');
  item.dataset.text = `${title}|${text}`;
  item.dataset.group = group;
  if (title) item.append(element('strong', title));
  item.append(element('span', text));
  const dismiss = () => item.remove();
  if (action) {
    const run = action.run;
    item.append(button(action.label, () => (dismiss(), run())));
  }
  item.append(button('Dismiss', dismiss));
  list.append(item);
  return dismiss;
}

/** @param {import('./types').Frame} frame @param {string} [group] only those of this group */
export function clear(frame, group) {
  for (const item of [...listOf(frame.element).children]) {
    if (item instanceof HTMLElement && item.dataset.group && (group === undefined || item.dataset.group === group)) item.remove();
  }
}

/**
 * Show a small dialog with a heading, a text and a button that closes it.
 * @param {string} heading
 * @param {string} text
 */
export function explain(heading, text) {
  const dialog = document.createElement('dialog');
  dialog.className = 'host-dialog';
  dialog.setAttribute('aria-label', heading);
  dialog.append(element('h2', heading), element('p', text), button('Close', () => dialog.close()));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {HTMLElement} mount */
function listOf(mount) {
  const found = mount.querySelector(':scope > .host-notices');
  if (found) return found;
  const list = document.createElement('div');
  list.className = 'host-notices';
  mount.prepend(list);
  return list;
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** @param {string} label @param {() => void} run */
function button(label, run) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = label;
  made.addEventListener('click', run);
  return made;
}
