// Runs inside an extension's frame, before its bundle. `frame` is what the server put in front of this text.
Object.defineProperty(window, 'lookerExtensionMetadata', { value: frame.metadata, writable: true, configurable: true, enumerable: true });

const blocked = new Set();
document.addEventListener('securitypolicyviolation', (event) => {
  if (event.effectiveDirective === 'connect-src') blocked.add(event.blockedURI);
});
const plainFetch = window.fetch;
window.fetch = async function (resource, init) {
  try {
    return await plainFetch.call(window, resource, init);
  } catch (error) {
    const url = new URL(resource instanceof Request ? resource.url : String(resource), document.baseURI);
    await new Promise((resolve) => setTimeout(resolve)); // the violation is reported after the refusal
    url.hash = '';
    if (blocked.has(url.href) || blocked.has(url.origin)) throw new Error(`not entitled to access external url ${url.href}`);
    throw error;
  }
};

// The bundle stands in this page as a classic script, so that it runs before DOMContentLoaded as bundles expect. When it
// cannot be parsed as one, nothing of it has run: it is a module, and is put in again as such.
const bundle = new URL(frame.bundle, document.baseURI).href;
let isModule = false;
// What breaks before the SDK speaks with the host page would stay in this frame: tell the page in plain words.
const tell = (problem, isFinal) => parent.postMessage({ problem: String(problem).slice(0, 500), isFinal }, '*');
window.addEventListener('error', (event) => {
  if (/^ResizeObserver loop (completed with undelivered notifications|limit exceeded)/.test(event.message)) return; // benign
  if (!(event.target instanceof HTMLScriptElement)) tell(`${event.message} (${event.filename}:${event.lineno})`, false);
});
window.addEventListener('unhandledrejection', (event) => tell(event.reason?.message ?? event.reason, false));
const watch = (event) => {
  if (event.target instanceof HTMLScriptElement) {
    const advice = 'Does its server run, and answer with access-control-allow-origin: *?';
    tell(frame.missing ?? `its bundle could not be loaded from ${event.target.src}. ${advice}`, true);
  } else if (
    event.error instanceof SyntaxError && event.filename === bundle && !event.message.includes('JSON') &&
    /\b(import|export|await|module)\b/.test(event.message)
  ) {
    isModule = true;
    event.stopImmediatePropagation();
    event.preventDefault();
  }
};
window.addEventListener('error', watch, true);
window.lookerFrameLoaded = () => {
  delete window.lookerFrameLoaded;
  window.removeEventListener('error', watch, true);
  if (!isModule) return;
  const script = document.createElement('script');
  script.type = 'module';
  script.crossOrigin = 'anonymous';
  script.src = bundle;
  document.write(script.outerHTML); // parsed, and therefore before DOMContentLoaded too
};
