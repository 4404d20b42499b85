// @ts-check
/** Requests of extensions in dashboards: tiles, visualizations and their popups. */

import * as dashboard from '../dashboard.js';
import * as notices from '../notices.js';

/** @param {import('../types').Handler} handler @returns {import('../types').Handler} */
const inDashboard = (handler) => (frame, payload, signal) => {
  if (!dashboard.isTile(frame)) throw 'This works only for an extension in a dashboard.';
  return handler(frame, payload, signal);
};

/** @param {unknown} value @returns {Record<string, any>} */
const object = (value) => (typeof value === 'object' && value !== null ? value : {});

export const addErrors = inDashboard((frame, { errors }) => {
  for (const error of Array.isArray(errors) ? errors : []) {
    const { title = 'Error', message = '', group = 'tile' } = object(error);
    notices.show(frame, String(message), { kind: 'problem', title: String(title), group: String(group) });
  }
});

export const clearErrors = inDashboard((frame, { group }) => notices.clear(frame, group === undefined ? undefined : String(group)));
export const runDashboard = inDashboard((frame) => dashboard.run(frame));
export const stopDashboard = inDashboard((frame) => dashboard.stop(frame));

export const updateFilters = inDashboard((frame, { filters, run }) => {
  const texts = Object.fromEntries(Object.entries(object(filters)).map(([name, value]) => [name, String(value)]));
  dashboard.filter(frame, texts, run === true);
});

export const openDrillMenu = inDashboard((frame, { options, event }) => {
  if (dashboard.tell(frame, 'drill', { options, event })) return;
  const links = /** @type {unknown[]} */ (Array.isArray(options?.links) ? options.links : []);
  const labels = links.map((link) => String(object(link).label ?? object(link).url ?? '')).filter(Boolean);
  notices.explain('Drill menu', labels.length ? `The menu would offer: ${labels.join(', ')}.` : 'The tile asked for a drill menu without links.');
});

export const toggleCrossFilter = inDashboard((frame, { options, event }) => {
  if (dashboard.tell(frame, 'cross-filter', { options, event })) return;
  notices.show(frame, 'The tile toggled a cross-filter. Dashboards of the local Looker have none.');
});

export const openScheduleDialog = inDashboard((frame) => {
  if (dashboard.tell(frame, 'schedule')) return;
  notices.explain('Schedule delivery', 'Here Looker would let you schedule this dashboard. The local Looker delivers nothing.');
});

export const rowLimitUpdate = inDashboard((frame, { rowLimit }) => {
  if (!Number.isInteger(rowLimit) || rowLimit < 1) throw 'The row limit of a tile is a positive whole number.';
  if (dashboard.tell(frame, 'row-limit', { rowLimit })) return;
  notices.show(frame, `The tile asked for up to ${rowLimit} rows.`);
});

export const defaultConfig = inDashboard((frame, { options }) => {
  dashboard.tell(frame, 'vis-options', { options });
  const defaults = Object.entries(object(options)).flatMap(([name, option]) => ('default' in object(option) ? [[name, object(option).default]] : []));
  if (defaults.length) dashboard.adopt(frame, Object.fromEntries(defaults));
});

export const configUpdate = inDashboard((frame, { updatedConfig }) => dashboard.configure(frame, object(updatedConfig)));
