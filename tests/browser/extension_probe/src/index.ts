/**
 * Connects with the official SDK and puts it at `window.probe`, so that a test can make any of its calls from inside
 * the frame and see every notification that arrived.
 */
import { connectExtensionHost, LookerExtensionSDK } from '@looker/extension-sdk';
import type { ExtensionHostApi, ExtensionSDK } from '@looker/extension-sdk';
import type { Looker40SDK } from '@looker/sdk';

interface Probe {
  sdk?: ExtensionSDK;
  core?: Looker40SDK;
  initial: { route?: string; routeState?: unknown };
  routes: { route: string; routeState?: unknown }[];
  tiles: unknown[];
  visualizations: unknown[];
  metadataAtLoad: unknown;
  runs: number;
  /** Many extensions start at DOMContentLoaded: a bundle must be loaded before it. */
  sawContentLoaded: boolean;
  failure?: string;
  late: () => Promise<string>;
  /** Runs a call and reports how it ended: extensions compare how an error begins, so its text matters. */
  outcome: (call: (probe: Probe) => unknown) => Promise<{ value?: unknown; error?: string }>;
}

declare global {
  interface Window {
    probe: Probe;
    lookerExtensionMetadata?: unknown;
  }
}

const probe: Probe = {
  initial: {},
  routes: [],
  tiles: [],
  visualizations: [],
  metadataAtLoad: window.lookerExtensionMetadata,
  runs: (window.probe?.runs ?? 0) + 1,
  sawContentLoaded: false,
  late: async () => (await import('./late')).late(),
  outcome: async (call) => {
    try {
      return { value: await call(probe) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  },
};
window.probe = probe;
window.addEventListener('DOMContentLoaded', () => (probe.sawContentLoaded = true));

try {
  connectExtensionHost({
    setInitialRoute: (route, routeState) => (probe.initial = { route, routeState }),
    hostChangedRoute: (route, routeState) => probe.routes.push({ route, routeState }),
    tileHostDataChangedCallback: (data) => probe.tiles.push(data),
    visualizationDataReceivedCallback: (data) => probe.visualizations.push(data),
  }).then(
    (sdk) => {
      probe.core = LookerExtensionSDK.createClient(sdk as ExtensionHostApi);
      probe.sdk = sdk;
      document.body.append(`${window.lookerExtensionMetadata ? 'with' : 'without'} metadata, connected`);
      sdk.rendered();
    },
    (error: unknown) => {
      probe.failure = String(error);
    }
  );
} catch (error) {
  probe.failure = String(error);
}
