// @ts-check
/** Every request an extension can make → what the host page does about it. */

import * as notices from '../notices.js';
import { sentence } from '../chatty.js';
import { invokeCoreSdk, rawInvokeCoreSdk } from './core.js';
import { invokeExternalApi } from './external.js';
import { updateLocation } from './location.js';
import * as page from './page.js';
import * as storage from './storage.js';
import * as tile from './tile.js';

/** @type {Record<string, import('../types').Handler>} */
const handlers = {
  VERIFY_HOST: () => true,
  INVOKE_CORE_SDK: invokeCoreSdk,
  RAW_INVOKE_CORE_SDK: rawInvokeCoreSdk,
  INVOKE_EXTERNAL_API: invokeExternalApi,
  LOCAL_STORAGE: storage.localStorage,
  USER_ATTRIBUTE: storage.userAttribute,
  CONTEXT_DATA: storage.contextData,
  CLIPBOARD: storage.clipboard,
  UPDATE_LOCATION: updateLocation,
  ROUTE_CHANGED: page.routeChanged,
  UPDATE_TITLE: page.updateTitle,
  TRACK_ACTION: page.trackAction,
  ERROR_EVENT: page.errorEvent,
  RENDERED: page.rendered,
  CLOSE_HOST_POPOVERS: page.closeHostPopovers,
  SPARTAN_LOGOUT: page.spartanLogout,
  EXTENSION_UNLOADED: page.unloaded,
  TILE_ADD_ERRORS: tile.addErrors,
  TILE_CLEAR_ERRORS: tile.clearErrors,
  TILE_RUN_DASHBOARD: tile.runDashboard,
  TILE_STOP_DASHBOARD: tile.stopDashboard,
  TILE_UPDATE_FILTERS: tile.updateFilters,
  TILE_OPEN_DRILL_MENU: tile.openDrillMenu,
  TILE_TOGGLE_CROSS_FILTER: tile.toggleCrossFilter,
  TILE_OPEN_SCHEDULE_DIALOG: tile.openScheduleDialog,
  TILE_ROW_LIMIT_UPDATE: tile.rowLimitUpdate,
  VIS_DEFAULT_CONFIG: tile.defaultConfig,
  VIS_CONFIG_UPDATE: tile.configUpdate,
};

/**
 * Answer one request. A refusal is thrown as a plain string, and shown on the page too when nobody waits for it.
 * @param {import('../types').Frame} frame
 * @param {any} request `{type, payload}`, of unsure shape
 * @param {AbortSignal} signal
 */
export async function handle(frame, request, signal) {
  const type = String(request?.type);
  const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
  try {
    if (!handler) throw `The host does not know the request ${type}.`;
    return await handler(frame, request.payload ?? {}, signal);
  } catch (error) {
    if (!isAnswered(type)) notices.show(frame, sentence(error), { kind: 'problem' });
    throw error;
  }
}

/** @param {string} type whether the extension waits for an answer, and so hears of a refusal itself */
const isAnswered = (type) =>
  /^(VERIFY_HOST|INVOKE_|RAW_INVOKE_|LOCAL_STORAGE|USER_ATTRIBUTE|CONTEXT_DATA|CLIPBOARD|TILE_OPEN_SCHEDULE)/.test(type);
