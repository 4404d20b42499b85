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

const bundle = new URL(frame.bundle, document.baseURI).href;
/** What engines say when a classic script is really a module: nothing of it has run yet. */
const isModuleError = (event) =>
  event.error instanceof SyntaxError && event.filename === bundle && !event.message.includes('JSON') &&
  /\b(import|export|await|module)\b/.test(event.message);
const retry = (event) => {
  if (!isModuleError(event)) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  window.removeEventListener('error', retry, true);
  load('module');
};
const load = (type) => {
  const script = document.createElement('script');
  script.type = type;
  script.crossOrigin = 'anonymous';
  script.src = frame.bundle;
  script.addEventListener('load', () => window.removeEventListener('error', retry, true));
  script.addEventListener('error', () => {
    const notice = document.createElement('p');
    notice.setAttribute('role', 'alert');
    notice.textContent =
      `The extension's bundle could not be loaded from ${bundle}. ` +
      'Is it built, and does its server answer with access-control-allow-origin: *?';
    document.body.append(notice);
  });
  document.body.append(script);
};
window.addEventListener('error', retry, true);
load('text/javascript');
