// @ts-check
/** Finds the placeholders of extensions on this page and opens each in a frame of its own. */

import { mount } from './frame.js';

const sheet = document.createElement('link');
sheet.rel = 'stylesheet';
sheet.href = '/host/static/host.css';
document.head.append(sheet);

for (const element of document.querySelectorAll('[data-extension]')) {
  if (element instanceof HTMLElement) void mount(element);
}
