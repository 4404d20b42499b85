// @ts-check
/**
 * The dashboard around tiles, as their extensions see it: shared filters and run state of all frames on the page.
 *
 * A page hears of what tiles ask for as cancelable events on the placeholder, which bubble: `host:run`, `host:stop`,
 * `host:filters` {filters, run}, `host:drill`, `host:cross-filter`, `host:schedule`, `host:row-limit`,
 * `host:vis-options`, `host:vis-config`, `host:title` {title}. One that it handles itself it marks with `preventDefault()`. It tells frames
 * of changes by events that it dispatches on the placeholder: `host:tile-data` (part of TileHostData) and
 * `host:visualization-data` ({visConfig, queryResponse}).
 */

/** @type {{filters: Record<string, string>, members: Map<import('./types').Frame, {element?: string, data: any}>}} */
const page = { filters: {}, members: new Map() };

/** @param {import('./types').Frame} frame */
export const isTile = (frame) => frame.boot.hostData.mountPoint !== 'standalone';

/**
 * A frame is ready: send it the dashboard's state, and its data if it is a visualization.
 * @param {import('./types').Frame} frame
 * @param {import('./types').MountContext} given
 */
export function join(frame, given) {
  if (!isTile(frame)) return;
  const isNew = !page.members.has(frame);
  page.members.set(frame, { element: given.tile?.elementId, data: given.visualization });
  page.filters = { ...given.tile?.dashboardFilters, ...page.filters };
  frame.notify('TILE_HOST_DATA', {
    isExploring: false,
    isDashboardEditing: false,
    isDashboardCrossFilteringEnabled: false,
    dashboardRunState: 'NOT_RUNNING',
    ...given.tile,
    dashboardFilters: page.filters,
  });
  if (given.visualization) frame.notify('VISUALIZATION_DATA', given.visualization);
  if (!isNew) return;
  frame.element.addEventListener('host:tile-data', (event) => {
    if (event instanceof CustomEvent) frame.notify('TILE_HOST_DATA', event.detail);
  });
  frame.element.addEventListener('host:visualization-data', (event) => {
    if (event instanceof CustomEvent) visualize(frame, event.detail);
  });
}

/** @param {import('./types').Frame} frame @param {unknown} data */
function visualize(frame, data) {
  page.members.set(frame, { ...page.members.get(frame), data });
  frame.notify('VISUALIZATION_DATA', data);
}

/**
 * Tell the page; true when it has taken care of it.
 * @param {import('./types').Frame} frame
 * @param {string} name
 * @param {unknown} [detail]
 */
export function tell(frame, name, detail) {
  return !frame.element.dispatchEvent(new CustomEvent(`host:${name}`, { detail, bubbles: true, cancelable: true }));
}

/** @param {object} data */
function tellTiles(data) {
  for (const frame of page.members.keys()) frame.notify('TILE_HOST_DATA', data);
}

/** @param {import('./types').Frame} frame */
export function run(frame) {
  const started = { lastRunSourceElementId: page.members.get(frame)?.element, lastRunStartTime: Date.now() };
  tellTiles({ dashboardRunState: 'RUNNING', ...started });
  if (tell(frame, 'run')) return;
  tellTiles({ dashboardRunState: 'NOT_RUNNING', ...started, lastRunEndTime: Date.now(), lastRunSuccess: true });
}

/** @param {import('./types').Frame} frame */
export function stop(frame) {
  tell(frame, 'stop');
  tellTiles({ dashboardRunState: 'NOT_RUNNING' });
}

/** @param {import('./types').Frame} frame @param {Record<string, string>} filters @param {boolean} andRun */
export function filter(frame, filters, andRun) {
  page.filters = { ...page.filters, ...filters };
  const handled = tell(frame, 'filters', { filters: page.filters, run: andRun });
  tellTiles({ dashboardFilters: page.filters });
  if (andRun && !handled) run(frame);
}

/** @param {import('./types').Frame} frame @param {object} config changed by the visualization itself */
export function configure(frame, config) {
  const data = page.members.get(frame)?.data;
  if (tell(frame, 'vis-config', config)) return;
  visualize(frame, { ...data, visConfig: { ...data?.visConfig, ...config } });
}

/** @param {import('./types').Frame} frame @param {object} defaults of the visualization's options, where nothing is set */
export function adopt(frame, defaults) {
  const data = page.members.get(frame)?.data;
  visualize(frame, { ...data, visConfig: { ...defaults, ...data?.visConfig } });
}
