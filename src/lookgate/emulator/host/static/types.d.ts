/** What `/internal/extensions/{id}/boot` says. */
export interface Boot {
  label: string;
  userId: string;
  csrf: string;
  frameUrl: string;
  sandbox: string;
  allow: string;
  flags: Record<'local_storage' | 'navigation' | 'new_window' | 'use_clipboard', boolean>;
  hostData: HostData;
}

/** What INITIALIZE tells the extension. */
export interface HostData {
  extensionId: string;
  lookerVersion: string;
  mountPoint: 'standalone' | 'dashboard-tile' | 'dashboard-visualization' | 'dashboard-tile-popup';
  hostType: 'standard' | 'embed' | 'spartan';
  route?: string;
  routeState?: unknown;
  contextData?: string | null;
}

/** What a page may put into `data-context`. */
export interface MountContext {
  tile?: TileData;
  visualization?: unknown;
}

export interface TileData {
  dashboardId?: string;
  elementId?: string;
  dashboardFilters?: Record<string, string>;
  dashboardRunState?: 'UNKNOWN' | 'RUNNING' | 'NOT_RUNNING';
  [name: string]: unknown;
}

/** One extension in one frame, as the request handlers see it. */
export interface Frame {
  id: string;
  element: HTMLElement;
  boot: Boot;
  /** Calls one internal endpoint; rejects with the plain sentence that the extension gets. */
  ask(action: string, body: object, signal?: AbortSignal): Promise<any>;
  /** Sends a host notification that expects no answer. */
  notify(type: string, payload: unknown): void;
}

/** One request of an extension. What it returns is the reply; what it throws is a plain string. */
export type Handler = (frame: Frame, payload: any, signal: AbortSignal) => unknown;
