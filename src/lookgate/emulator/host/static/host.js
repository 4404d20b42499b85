// @ts-check
/** Finds the placeholders of extensions on this page and opens each in a frame of its own. */

import { mount } from './frame.js';

for (const element of document.querySelectorAll('[data-extension]')) {
  if (element instanceof HTMLElement) void mount(element);
}
